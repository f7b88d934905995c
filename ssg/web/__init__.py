"""The pages, the viewer, the guard and the routes. The only room that knows gradio."""
