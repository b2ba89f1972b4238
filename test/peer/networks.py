"""The networks that the peers run, made with NCC's programs, and their data.

    mlp       784-100-60-10, a threshold per neuron
    cnn       the bundled Fashion-MNIST CNN on real images; where there is no
              LibTorch or no data set, a network of its shape on drawn ones
    residual  a ResNet of two blocks on [3, 16, 16]: an identity and a
              projection, preprocessing folded through the padding
"""
import gzip
import pathlib
import subprocess

import numpy as np

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
MODEL = pathlib.Path(__file__).resolve().parent.parent / "data/fashion_cnn.pt"
NAMES = ["mlp", "cnn", "residual"]
TIMESTEPS = 8


def numbers(count, low, high, seed):
    drawn = np.random.default_rng(seed).uniform(low, high, count)
    return ", ".join(f"{each:.6g}" for each in drawn)


def qcfs(channels, low, high, seed):
    values = numbers(channels, low, high, seed)
    return f"qcfs(threshold=f32[{channels}]{{{values}}}, levels=8)"


def conv(out, into, seed, stride=1, kernel=3):
    padding = kernel // 2
    return (f"conv2d(weight=f32[{out}, {into}, {kernel}, {kernel}]{{~{seed}}}, "
            f"bias=f32[{out}]{{~{seed + 50}}}, stride=[{stride}, {stride}], "
            f"padding=[{padding}, {padding}])")


def mlp_text():
    return f"""snn mlp
  in   = input(shape=[1, 28, 28])
  flat = flatten() <- in
  fc1  = affine(weight=f32[100, 784]{{~1}}, bias=f32[100]{{~2}}) <- flat
  a1   = {qcfs(100, 1500, 6000, 3)} <- fc1
  fc2  = affine(weight=f32[60, 100]{{~4}}, bias=f32[60]{{~5}}) <- a1
  a2   = {qcfs(60, 3000, 9000, 6)} <- fc2
  fc3  = affine(weight=f32[10, 60]{{~7}}, bias=f32[10]{{~8}}) <- a2
  out  = output() <- fc3
"""


def cnn_text():
    return f"""snn cnn
  in    = input(shape=[1, 28, 28])
  conv1 = {conv(16, 1, 1)} <- in
  a1    = {qcfs(16, 300, 600, 2)} <- conv1
  pool1 = avg_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- a1
  conv2 = {conv(32, 16, 3)} <- pool1
  a2    = {qcfs(32, 1000, 3000, 4)} <- conv2
  pool2 = avg_pool(kernel=[7, 7], stride=[7, 7], padding=[0, 0]) <- a2
  flat  = flatten() <- pool2
  fc    = affine(weight=f32[10, 128]{{~5}}, bias=f32[10]{{~6}}) <- flat
  out   = output() <- fc
"""


def residual_text():
    return f"""snn residual  scale=0.00392156862745098 mean=[0.485, 0.456, 0.406] std=[0.229, 0.224, 0.225]
  in    = input(shape=[3, 16, 16])
  conv1 = {conv(8, 3, 1)} <- in
  a1    = {qcfs(8, 3, 6, 2)} <- conv1
  conv2 = {conv(8, 8, 3)} <- a1
  a2    = {qcfs(8, 8, 20, 4)} <- conv2
  conv3 = {conv(8, 8, 5)} <- a2
  a3    = {qcfs(8, 20, 60, 6)} <- conv3, a1
  conv4 = {conv(16, 8, 7, stride=2)} <- a3
  a4    = {qcfs(16, 60, 150, 8)} <- conv4
  conv5 = {conv(16, 16, 9)} <- a4
  down  = {conv(16, 8, 10, stride=2, kernel=1)} <- a3
  a5    = {qcfs(16, 150, 500, 11)} <- conv5, down
  pool  = avg_pool(kernel=[4, 4], stride=[4, 4], padding=[0, 0]) <- a5
  flat  = flatten() <- pool
  fc    = affine(weight=f32[10, 64]{{~12}}, bias=f32[10]{{~13}}) <- flat
  out   = output() <- fc
"""


def encoded(binaries, encoding, readout, folder):
    """A small network with this encoding and readout, and its data."""
    path = folder / f"{encoding}_{readout}.snn"
    path.with_suffix(".txt").write_text(f"""snn net  T=6 encoding={encoding} readout={readout} scale=0.5 mean=[0.25, 0, 0.5] std=[0.5, 1, 0.25] low=-1 high=4
  in  = input(shape=[3, 2, 2], step=0.25, low=0, high=11)
  fl  = flatten() <- in
  fc  = affine(weight=i8[9, 12]{{~1}}, bias=i8[9]{{~2}}) <- fl
  n   = if(threshold=i8[9]{{20, 30, 40, 50, 60, 70, 80, 90, 100}}) <- fc
  fc2 = affine(weight=i8[4, 9]{{~3}}) <- n
  out = output(scale=0.125) <- fc2
""")
    run(binaries / "nc-as", path.with_suffix(".txt"), "-o", path)
    shape = (20, 6, 3, 2, 2) if encoding == "events" else (20, 3, 2, 2)
    random = np.random.default_rng(4)
    return path, random.uniform(-1, 4, shape).astype(np.float32)


def drawn_images(shape, count, seed=0):
    """Smooth patterns of all brightnesses, u8 [count, ...shape]."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (count, shape[0], 4, 4))
    large = np.kron(small, np.ones((shape[1] // 4, shape[2] // 4)))
    noise = random.integers(-20, 20, large.shape)
    return np.clip(large + noise, 0, 255).astype(np.uint8)


def fashion_images(count):
    with gzip.open(FASHION / "t10k-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read()[16:], np.uint8)
    return pixels.reshape(-1, 1, 28, 28)[:count]


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stderr}")
    return done.stdout


def from_text(binaries, text, path, *options):
    listing = path.with_suffix(".txt")
    listing.write_text(text)
    run(binaries / "nc-as", listing, "-o", path.with_suffix(".ann.snn"))
    run(binaries / "nc-fold", path.with_suffix(".ann.snn"), "-o",
        path.with_suffix(".folded.snn"))
    run(binaries / "nc-spike", path.with_suffix(".folded.snn"), "-T",
        TIMESTEPS, "--input-range", "0:255", *options, "-o", path)


def make(binaries, name, folder, *options):
    """(network, images): a .snn file, and stored data [N, ...]."""
    path = folder / f"{name}.snn"
    if name == "mlp":
        from_text(binaries, mlp_text(), path, *options)
        images = drawn_images((1, 28, 28), 32)
    elif name == "residual":
        from_text(binaries, residual_text(), path, *options)
        images = drawn_images((3, 16, 16), 32, seed=1)
    elif (binaries / "../lib/ncc/libncc_torch.so").exists() and \
            FASHION.exists() and not options:
        run(binaries / "ncc", MODEL, "--target=ir", "-T", TIMESTEPS,
            "-Wspike,--input-range,0:255", "-o", path)
        images = fashion_images(32)
    else:
        from_text(binaries, cnn_text(), path, *options)
        images = drawn_images((1, 28, 28), 32)
    return path, images
