#include "test/support/sample_graphs.h"

#include "ir/listing.h"

namespace nc::test {
namespace {

Step calibration() {
  Step step;
  step.tool = "nc-calibrate";
  step.version = "1.0-3-gabcdef0-dirty";
  step.arguments = {
      "every.pt", "--data", "fashion-mnist", "with space", "semi;colon",
      "quote\"",  ""};
  step.inputs = {{"every.pt", std::string(64, 'a')},
                 {"train.idx", std::string(64, 'b')}};
  step.seed = 7;
  step.measurements = {{"ann_accuracy", 0.9173, "val", 512},
                       {"seconds_per_image", 1e-300, "", 0}};
  return step;
}

Step folding() {
  Step step;
  step.tool = "nc-fold";
  return step;
}

}  // namespace

Graph every_op() {
  Graph graph = parse_listing(R"snn(
snn every_op  T=4 encoding=rate schedule=pipelined readout=membrane scale=0.00392156862745098 mean=[0.1, 0.2] std=[0.3, 1e-9] low=0 high=255 whole=true classes=["a shirt", "a \"boot\""]
  in       = input(shape=[2, 6, 6], step=0.5, low=-3, high=7)  # origin x
  conv     = conv2d(weight=f32[4, 1, 3, 3]{~1}, bias=f32[4, 3, 3]{~2}, stride=[2, 2], padding=[1, 1], groups=2) <- in  # origin layer1.0.conv, "layer1.0 (bn)"
  norm     = batch_norm(weight=f32[4]{~3}, bias=f32[4]{~4}, mean=f32[4]{~5}, variance=f32[4]{*0.25}, epsilon=1e-05) <- conv
  bare     = batch_norm(mean=f32[4]{~6}, variance=f32[4]{*2}, epsilon=0.001) <- norm, conv
  relu     = relu() <- bare
  clip     = clip(low=-1, high=inf) <- relu
  leaky    = leaky_relu(slope=0.2) <- clip
  silu     = silu() <- leaky
  gelu     = gelu(tanh=true) <- silu
  sigmoid  = sigmoid() <- gelu
  tanh     = tanh() <- sigmoid
  qcfs     = qcfs(threshold=f32[1]{*1.5}, levels=4) <- tanh
  average  = avg_pool(kernel=[2, 2], stride=[1, 1], padding=[1, 1], ceil_mode=true, count_include_pad=false) <- qcfs
  total    = sum_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- average
  most     = max_pool(kernel=[2, 2], stride=[1, 1], padding=[1, 1], dilation=[1, 1]) <- total
  adaptive = adaptive_avg_pool(output_size=[2, 2]) <- most
  pad      = pad(before=[0, 1, 0], after=[0, 0, 1], value=-0.5) <- adaptive
  permute  = permute(order=[2, 0, 1]) <- pad
  reshape  = reshape(shape=[6, 6]) <- permute
  conv1    = conv1d(weight=i16[5, 6, 2]{~8}, bias=i32[5]{1, -2, 3, -4, 70000}, stride=[1], padding=[0], dilation=[2]) <- reshape
  slice    = slice(axis=0, start=0, stop=5, step=2) <- conv1
  concat   = concat(axis=0) <- slice, conv1
  scale    = scale(weight=i8[8]{~9}, offset=i16[1]{*300}) <- concat
  if       = if(threshold=u8[1]{*200}, reset=value, reset_value=0.25, initial=zero, membrane_bits=16) <- scale, @lif
  signed   = if(threshold=i8[8]{*3}, signed=true) <- if
  burst    = if(threshold=i8[1]{*3}, levels=3) <- signed
  lif      = lif(threshold=f32[8, 4]{*0.7}, reset=zero, strict=true, decay=f32[1]{*0.9}) <- burst
  li       = li(decay=f32[1]{*0.5}) <- lif
  delay    = delay(steps=i8[8]{*3}) <- li
  flatten  = flatten() <- delay
  affine   = affine(weight=f32[3, 32]{~10}) <- flatten
  out      = output(scale=0.125) <- affine
  probe i8[2, 2, 6, 6]{~11}
)snn");
  graph.run.probe.spikes = {{"if", std::string(64, '0')},
                            {"lif", std::string(64, '1')}};
  graph.history = {calibration(), folding()};
  return graph;
}

Graph small_ann() {
  return parse_listing(R"snn(
snn small_ann
  in    = input(shape=[2, 6, 6])
  conv1 = conv2d(weight=f32[4, 2, 3, 3]{~1}, bias=f32[4]{~2}, stride=[1, 1], padding=[1, 1]) <- in
  norm1 = batch_norm(weight=f32[4]{*1.5}, bias=f32[4]{~3}, mean=f32[4]{~4}, variance=f32[4]{*2}, epsilon=1e-05) <- conv1
  relu1 = relu() <- norm1
  conv2 = conv2d(weight=f32[4, 4, 3, 3]{~5}, stride=[1, 1], padding=[1, 1]) <- relu1
  relu2 = relu() <- conv2, relu1
  pool  = avg_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- relu2
  flat  = flatten() <- pool
  fc    = affine(weight=f32[3, 36]{~6}, bias=f32[3]{~7}) <- flat
  out   = output() <- fc
)snn");
}

Graph spiking_mlp() {
  return parse_listing(R"snn(
snn spiking_mlp  T=4 encoding=direct schedule=causal readout=sum
  in  = input(shape=[4], step=1, low=0, high=15)
  fc1 = affine(weight=i8[5, 4]{~1}, bias=i32[5]{~2}) <- in
  if1 = if(threshold=i32[5]{20, 25, 30, 35, 40}) <- fc1
  fc2 = affine(weight=i8[3, 5]{~3}, bias=i32[3]{~4}) <- if1
  out = output(scale=0.25) <- fc2
)snn");
}

Graph spiking_conv_net() {
  return parse_listing(R"snn(
snn spiking_conv_net  T=4 encoding=direct schedule=causal readout=sum
  in    = input(shape=[1, 6, 6], step=1, low=0, high=15)
  conv1 = conv2d(weight=i8[4, 1, 3, 3]{~1}, bias=i32[4]{~2}, stride=[1, 1], padding=[1, 1]) <- in
  if1   = if(threshold=i32[4]{*60}) <- conv1
  conv2 = conv2d(weight=i8[4, 4, 3, 3]{~3}, bias=i32[4]{~4}, stride=[1, 1], padding=[1, 1]) <- if1
  skip  = scale(weight=i8[4]{9, 8, 7, 6}) <- if1
  if2   = if(threshold=i32[4]{*12}) <- conv2, skip
  pool  = sum_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- if2
  flat  = flatten() <- pool
  fc    = affine(weight=i8[3, 36]{~5}, bias=i32[3]{~6}) <- flat
  out   = output(scale=0.5) <- fc
)snn");
}

Graph two_nodes() {
  return parse_listing(
      "snn two\n in = input(shape=[2])\n out = output() <- in\n");
}

}  // namespace nc::test
