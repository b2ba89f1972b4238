# Text in, text out; JSON there and back gives the same bytes.
cat > net.txt <<'NET'
snn tiny T=4 encoding=direct schedule=causal readout=sum
  in  = input(shape=[2], step=1, high=255)
  fc  = affine(weight=i8[2, 2]{1, 2, 3, -4}, bias=i8[2]{5, 6}) <- in
  if1 = if(threshold=i8[2]{100, 101}) <- fc
  out = output(scale=0.5) <- if1
; nc-fold
NET
nc-as net.txt -o a.snn && nc-dis a.snn --values
nc-dis a.snn --json | nc-as - -o b.snn
cmp a.snn b.snn && echo same bytes
nc-dis a.snn
nc-dis a.snn --widths
sed 's/100, 101/100, 102/' net.txt | nc-as - | nc-dis - --diff a.snn; echo $?
