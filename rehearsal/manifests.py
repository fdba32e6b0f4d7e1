"""What does the manifest of an image say?"""

import json
from collections.abc import Sequence
from hashlib import sha256

SINGLE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def manifest(content: str, platforms: Sequence[str] = ()) -> str:
    """Return a manifest that differs by content; of several platforms it is the index of them."""
    document = {"schemaVersion": 2, "mediaType": SINGLE, "annotations": {"tag": content}}
    if not platforms:
        return json.dumps({**document, "config": {}, "layers": []})
    children = [_child(content, each) for each in platforms]
    return json.dumps({**document, "mediaType": INDEX, "manifests": children})


def _child(content: str, architecture: str) -> dict[str, object]:
    digest = sha256(f"{content}/{architecture}".encode()).hexdigest()
    platform = {"os": "linux", "architecture": architecture}
    return {"digest": f"sha256:{digest}", "platform": platform}
