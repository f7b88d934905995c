"""The shape of a policy small enough to build in a test."""

SHAPE = {
    "image_pixels": 4096,
    "patch_size": 16,
    "vision_hidden": 32,
    "vision_layers": 2,
    "vision_heads": 2,
    "vision_mlp": 64,
    "deepstack": [0],
    "text_hidden": 64,
    "text_layers": 2,
    "text_heads": 2,
    "text_kv_heads": 1,
    "text_mlp": 96,
}
