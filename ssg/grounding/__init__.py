"""From words and an image to regions: grammar, policy, decoding.

    types.py         Grounding, the answer to typed words on one image
    chain.py         where a reader looks first: the anatomy behind the chain of boxes
    coordinates.py   a checkpoint's way of writing a box, and back to pixels
    grammar.py       the question and the answer as text; writing, reading, EBNF
    tokenizer.py     the embedded policy's small tokenizer
    processor.py     image processor and tokenizer as one, without torchvision
    manifest.py      grounding.json: coordinates, threshold, what a checkpoint was trained on
    image_kinds.py   the kinds of images that models are shown, by DICOM's codes
    policy.py        loading a checkpoint by folder or Hub name
    specialties.py   which adapters stand beside a policy
    adapters.py      LoRA adapters: written, read into a loaded model, switched
    constraint.py    which token may come next (xgrammar, or our own fallback)
    decoding.py      answers from keys and values that are kept for each image
    confidences.py   how sure a policy was of what it wrote
    grounder.py      typed text in, :class:`Grounding` out
    unlike.py        whether a picture can be what our models were shown
    kept.py          what was worked out from images, kept by their content
    checkpoints.py   where checkpoints lie, and what can go wrong with them
    region_text.py   does a region show what words say? the reward's image-text encoder (region_text_manifest.py)
    embedded/        the policy that is shipped, and its card

The heavy parts load on first use: ``import ssg.grounding`` brings neither torch nor transformers.
"""
