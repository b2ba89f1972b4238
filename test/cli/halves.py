"""Writes train.npz and val.npz: 4 x 4 images and which half is brighter, without
numpy. What a network for them looks like is in cases/training.sh."""
import random
import zipfile
def npy(shape, values):
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': %s, }" % shape
    head += b" " * (127 - 10 - len(head)) + b"\n"
    return b"\x93NUMPY\x01\x00" + bytes([len(head), 0]) + head + bytes(values)
for name, count, seed in ("train", 400, 1), ("val", 60, 2):
    draw = random.Random(seed)
    images, labels = [], []
    for i in range(count):
        label = i % 2
        bright = [draw.randrange(40, 256) for _ in range(8)]
        dark = [draw.randrange(0, 211) for _ in range(8)]
        images += dark + bright if label else bright + dark
        labels.append(label)
    with zipfile.ZipFile(name + ".npz", "w") as file:
        file.writestr("x.npy", npy(b"(%d, 1, 4, 4)" % count, images))
        file.writestr("y.npy", npy(b"(%d,)" % count, labels))
