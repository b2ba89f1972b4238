# How the cpu engine computed each layer: what is measured is N, the paths that
# were asked for are told, and another engine has nothing to tell.
python3 "$DATA/../cli/halves.py"
cat > net.txt <<'NET'
snn halves T=4 schedule=causal
  in    = input(shape=[1, 4, 4], step=0.00392156862745098, low=0, high=255)
  conv1 = conv2d(weight=i8[8, 1, 3, 3]{~1}, bias=i8[8]{~2}, stride=[1, 1], padding=[1, 1]) <- in
  if1   = if(threshold=i16[8]{*900}) <- conv1
  conv2 = conv2d(weight=i8[8, 8, 3, 3]{~3}, stride=[1, 1], padding=[1, 1]) <- if1
  if2   = if(threshold=i16[8]{*90}) <- conv2
  flat  = flatten() <- if2
  fc    = affine(weight=i8[2, 128]{~4}) <- flat
  out   = output() <- fc
NET
nc-as net.txt -o net.snn
numbers() { sed -E 's/[0-9]+\.[0-9]+/N/g; s/ [0-9]+\)/ N)/; s/ +/ /g'; }
for path in dense events; do
  echo "-- $path"
  nc-run net.snn --data val.npz -q --path $path --explain |
    sed -n '/^layer .*density/,$p' | numbers
done
echo '-- the same, for programs'
nc-run net.snn --data val.npz -q --path events --explain --json - |
  python3 -c '
import json, sys
costs = json.load(sys.stdin)["costs"]
print(sorted(costs))
for layer in costs["layers"]:
    print(layer["name"], sorted(layer))
    assert layer["seconds"] > 0
'
nc-run net.snn --data val.npz -q --engine reference --explain; echo $?
