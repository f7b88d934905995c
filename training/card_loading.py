"""How an exported policy is loaded: code for a model card, which a test runs as it stands."""

from __future__ import annotations

HERE = """```
python -m ssg ground --policy {name} --image image.png --text "left pleural effusion" --overlay found.png
SSG_POLICY={name} {pinned}make run
```"""

HERE_ADAPTER = """```
{fetch}SSG_POLICY={base} SSG_ADAPTERS={name} make run
```

```python
from ssg.grounding.policy import load_policy

policy = load_policy("{base}", adapters=["{name}"])  # switched by what is asked; see SSG_ADAPTERS in docs/settings.md
assert not policy.problems, policy.problems
```"""

TRANSFORMERS = """```python
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoTokenizer, Qwen2VLImageProcessorPil

name = "{loaded}"
model = AutoModelForImageTextToText.from_pretrained(name{revision})
{adapted}tokenizer = AutoTokenizer.from_pretrained(name{revision})
image_processor = Qwen2VLImageProcessorPil.from_pretrained(name{revision})

image = image_processor(Image.open("image.png").convert("RGB"), return_tensors="pt")
question = {{"type": "text", "text": "Locate: left pleural effusion."}}
messages = [{{"role": "user", "content": [{{"type": "image"}}, question]}}]
prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
tokens = int(image["image_grid_thw"].prod()) // image_processor.merge_size**2
text = tokenizer(prompt.replace("<|image_pad|>", "<|image_pad|>" * tokens), return_tensors="pt")
kinds = (text["input_ids"] == model.config.image_token_id).int()
with torch.inference_mode():
    written = model.generate(**text, **image, mm_token_type_ids=kinds, max_new_tokens=256, do_sample=False)
print(tokenizer.decode(written[0, text["input_ids"].shape[1] :], skip_special_tokens=True))
```"""

ADAPTED = """from peft import PeftModel

model = PeftModel.from_pretrained(model, "{name}"{revision})
"""


def loading(name: str, base: str, revision: str) -> str:
    """The section of a card for ``name``; ``base`` is that of an adapter, "" for a policy that stands by itself."""
    pinned = f"SSG_POLICY_REVISION={revision} " if revision else ""
    given = f', revision="{revision}"' if revision else ""
    if base:
        folder = name.rpartition("/")[2] if revision else name
        fetch = f"hf download {name} --revision {revision} --local-dir {folder}\n" if revision else ""
        here = HERE_ADAPTER.format(name=folder, base=base, fetch=fetch)
        adapted = ADAPTED.format(name=name, revision=given)
        there = TRANSFORMERS.format(loaded=base, revision="", adapted=adapted)
    else:
        here = HERE.format(name=name, pinned=pinned)
        there = TRANSFORMERS.format(loaded=name, revision=given, adapted="")
    where = "" if "/" in name else f"`{name}` is this folder: give its path from where you are. "
    return (
        f"{where}With SSG, which holds the answers to their form, calls a finding present by its threshold and says "
        "how sure it is:\n\n"
        f"{here}\n\n"
        "With transformers alone, which writes what it likes (`AutoProcessor` needs torchvision, this does not):\n\n"
        f"{there}"
    )
