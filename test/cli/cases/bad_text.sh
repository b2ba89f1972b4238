# Graphs that mean nothing are refused with the node, expected and found.
try() { nc-as - -o out.snn; echo "status $?"; ls; }
printf 'snn t\n  in = input(shape=[2])\n  fc = affine(weight=f32[3, 4]{~1}) <- in\n  out = output() <- fc\n' | try
printf 'snn t\n  in = input(shape=[2])\n  x = frobnicate() <- in\n  out = output() <- x\n' | try
printf 'snn t\n  in = input(shape=[2])\n  out = output() <- nowhere\n' | try
printf 'snn t\n  in = input(shape=[2])\n  w = affine(weight=f32[1, 2]{1, nan}) <- in\n  out = output() <- w\n' | try
printf 'snn t\n  in = input(shape=[2])\n  n = if(threshold=f32[1]{0}) <- in\n  out = output() <- n\n' | try
printf '{"format": "snn-ir", "version": 99}' | try
