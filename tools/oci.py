#!/usr/bin/env python3
"""Assembles container images out of tar files, byte for byte as told: for the demo and for tests, which
need images that no sane tool would write. Use as a module, or:

    tools/oci.py layout DIR LAYER.tar[=gzip|=zstd]… [--name TAG] [--arch ARCH] [--created-by TEXT]…
    tools/oci.py docker FILE LAYER.tar… [--name REPO:TAG]
"""

import argparse
import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zlib

MEDIA = "application/vnd.oci.image."
MEDIA_LAYER = {
    "none": MEDIA + "layer.v1.tar",
    "gzip": MEDIA + "layer.v1.tar+gzip",
    "zstd": MEDIA + "layer.v1.tar+zstd",
}
BLOCK = 1 << 20


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def to_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


def blocks(path):
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            yield block


def compress(path, how, out):
    """Copies a tar to out, compressed; returns the digest of the tar itself."""
    plain = hashlib.sha256()
    if how == "zstd":
        for block in blocks(path):
            plain.update(block)
        out.flush()
        subprocess.run(["zstd", "-q", "-c", "-3", str(path)], stdout=out, check=True)
    elif how == "gzip" and shutil.which("igzip"):
        # Debian's igzip is quick; its blocks are plain deflate all the same.
        for block in blocks(path):
            plain.update(block)
        out.flush()
        subprocess.run(["igzip", "-c", "-n", str(path)], stdout=out, check=True)
    else:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31) if how == "gzip" else None
        for block in blocks(path):
            plain.update(block)
            out.write(packer.compress(block) if packer else block)
        if packer:
            out.write(packer.flush())
    return "sha256:" + plain.hexdigest()


class Layout:
    """An OCI layout directory. Everything may be overridden with a lie."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.manifests = []

    def path(self, name):
        return self.folder / "blobs" / "sha256" / name.partition(":")[2]

    def blob(self, data, media_type, **more):
        self.path(digest(data)).write_bytes(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}

    def layer(self, path, how="gzip"):
        """Adds a tar as a layer; returns its descriptor and diff id."""
        temp = self.folder / "layer.tmp"
        with temp.open("wb") as out:
            diff_id = compress(path, how, out)
        stored = hashlib.sha256()
        for block in blocks(temp):
            stored.update(block)
        name = "sha256:" + stored.hexdigest()
        size = temp.stat().st_size
        temp.rename(self.path(name))
        return {"mediaType": MEDIA_LAYER[how], "digest": name, "size": size}, diff_id

    def config(self, diff_ids, arch="amd64", variant=None, history=(), **more):
        config = {"created": "2024-01-01T00:00:00Z", "architecture": arch, "os": "linux", "config": {},
                  "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
                  "history": [{"created_by": line} for line in history]}
        if variant:
            config["variant"] = variant
        return {**config, **more}

    def manifest(self, layers, config, **more):
        """Writes config and manifest; returns the manifest's descriptor."""
        raw = config if isinstance(config, bytes) else to_json(config)
        manifest = {"schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json",
                    "config": self.blob(raw, MEDIA + "config.v1+json"), "layers": list(layers), **more}
        return self.blob(to_json(manifest), MEDIA + "manifest.v1+json")

    def index(self, manifests):
        """A nested index; returns its descriptor."""
        data = to_json({"schemaVersion": 2, "mediaType": MEDIA + "index.v1+json", "manifests": manifests})
        return self.blob(data, MEDIA + "index.v1+json")

    def add(self, descriptor, name=None, platform=None):
        descriptor = dict(descriptor)
        if name:
            descriptor["annotations"] = {"org.opencontainers.image.ref.name": name}
        if platform:
            descriptor["platform"] = platform
        self.manifests.append(descriptor)
        return descriptor

    def close(self):
        (self.folder / "index.json").write_bytes(to_json({"schemaVersion": 2, "manifests": self.manifests}))

    def image(self, layers, name="latest", how="gzip", history=(), **config):
        """The usual case: one image of some tars."""
        pairs = [self.layer(path, how) for path in layers]
        descriptor = self.manifest([pair[0] for pair in pairs],
                                   self.config([pair[1] for pair in pairs], history=history, **config))
        self.add(descriptor, name)
        self.close()
        return descriptor


def tar_bytes(entries):
    """A tar of (name, content) pairs; content is bytes, or a TarInfo without its name, or both in a pair."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in entries:
            data = b""
            if isinstance(content, tarfile.TarInfo):
                info = content
                info.name = name
            else:
                data = content.encode() if isinstance(content, str) else content
                info = tarfile.TarInfo(name)
                info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def entry(kind, link="", **more):
    """A TarInfo of a kind: dir, symlink, hardlink, chr, blk, fifo."""
    info = tarfile.TarInfo()
    info.type = {"dir": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE,
                 "chr": tarfile.CHRTYPE, "blk": tarfile.BLKTYPE, "fifo": tarfile.FIFOTYPE}[kind]
    info.linkname = link
    for key, value in more.items():
        setattr(info, key, value)
    return info


def docker_archive(path, layers, name="example:latest", config=None, history=()):
    """What `docker save` wrote before it wrote OCI layouts: ID/layer.tar, a config, manifest.json."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        def put(member, data):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        names, diff_ids = [], []
        for layer in layers:
            plain = hashlib.sha256()
            for block in blocks(layer):
                plain.update(block)
            diff_ids.append("sha256:" + plain.hexdigest())
            member = plain.hexdigest() + "/layer.tar"
            if member not in names:
                tar.add(layer, member)
            names.append(member)
        if config is None:
            config = {"architecture": "amd64", "os": "linux", "config": {},
                      "rootfs": {"type": "layers", "diff_ids": diff_ids},
                      "history": [{"created_by": line} for line in history]}
        raw = config if isinstance(config, bytes) else to_json(config)
        put(hashlib.sha256(raw).hexdigest() + ".json", raw)
        put("manifest.json", to_json([{"Config": hashlib.sha256(raw).hexdigest() + ".json",
                                       "RepoTags": [name], "Layers": names}]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["layout", "docker"])
    parser.add_argument("output")
    parser.add_argument("layers", nargs="+", metavar="LAYER.tar[=COMPRESSION]")
    parser.add_argument("--name", default="latest")
    parser.add_argument("--arch", default="amd64")
    parser.add_argument("--created-by", action="append", default=[])
    options = parser.parse_args()
    if options.kind == "docker":
        docker_archive(options.output, options.layers, options.name, history=options.created_by)
        return
    layout = Layout(options.output)
    pairs = []
    for layer in options.layers:
        path, _, how = layer.partition("=")
        pairs.append(layout.layer(path, how or "gzip"))
    layout.add(layout.manifest([pair[0] for pair in pairs],
                               layout.config([pair[1] for pair in pairs], options.arch,
                                             history=options.created_by)), options.name)
    layout.close()


if __name__ == "__main__":
    sys.exit(main())
