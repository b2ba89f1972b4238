# Several processes train and calibrate together: what one process would make of
# it, but for the order of sums; only the first one writes; none waits for ever.
# needs torch
python3 "$DATA/../cli/halves.py"
cat > ann.txt <<'NET'
snn halves
  in    = input(shape=[1, 4, 4])
  conv  = conv2d(weight=f32[6, 1, 3, 3]{~1}, stride=[1, 1], padding=[1, 1]) <- in
  norm  = batch_norm(weight=f32[6]{*1}, bias=f32[6]{*0}, mean=f32[6]{*0}, variance=f32[6]{*1}, epsilon=1e-05) <- conv
  relu  = relu() <- norm
  flat  = flatten() <- relu
  fc    = affine(weight=f32[2, 96]{~3}) <- flat
  out   = output() <- fc
NET
nc-as ann.txt -o ann.snn
cat > near.py <<'PY'  # how near numbers are, in parts of a tensor's largest
import json, sys
def lists(value):
    if isinstance(value, dict):
        for key in sorted(value):
            if key != "history":
                yield from lists(value[key])
    elif isinstance(value, list) and value and isinstance(value[0], (int, float)):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from lists(each)
def losses(path):
    lines = [json.loads(line) for line in open(path)]
    return [[line["loss"] for line in lines if "loss" in line]]
what, tolerance = sys.argv[1], sys.argv[2]
read = losses if what == "losses" else \
    lambda path: list(lists(json.load(open(path))))
one, other = read(sys.argv[3]), read(sys.argv[4])
assert [len(x) for x in one] == [len(x) for x in other] and len(one[0]) > 0
most = max(max(abs(a - b) for a, b in zip(x, y)) / max(map(abs, x), default=1)
           for x, y in zip(one, other) if any(x) or any(y))
print(what, f"within {tolerance}" if most <= float(tolerance)
      else f"differ by {most}")
PY
export MASTER_PORT=$PORT

together() {  # SIZE WORDS...: the first process speaks
  local size=$1 rank
  shift
  : > other.out; : > other.err
  for ((rank = 1; rank < size; ++rank)); do
    RANK=$rank WORLD_SIZE=$size "$@" >> other.out 2>> other.err &
  done
  RANK=0 WORLD_SIZE=$size "$@"
  local status=$?
  wait
  cat other.out other.err
  return $status
}

heard() {  # WORDS...: what is said on stderr, without accuracies
  "$@" 2> said || echo "status $?"
  sed 's/: before .*//; s/: ANN .*//' said >&2
}

compare() {  # TOLERANCE ONE OTHER: graphs, and the logs of their trainings
  nc-dis --json "$2.snn" > one.json
  nc-dis --json "$3.snn" > other.json
  python3 near.py parameters "$1" one.json other.json
  [ ! -e "$2.log" ] || python3 near.py losses "$1" "$2.log" "$3.log"
}

data="--data train.npz --val-data val.npz --batch 42 --threads 1 -q"

echo '-- thresholds and corrections'
find="nc-calibrate ann.snn -T 4 --data train.npz -q --samples 301 --validation 50"
heard $find -o one.snn
heard together 2 $find -o 2.snn
compare 1e-4 one 2
nc-fold one.snn | nc-spike - -T 4 -o net.snn

echo '-- an integer network'
tune="nc-finetune net.snn $data --lr 0.01 --train-thresholds"
rates="--epochs 5 --rate-weight 1 --rate-target 0.2"
heard $tune $rates --log one.log -o one.snn
nc-dis net.snn --diff one.snn > /dev/null || echo it has learned
for size in 2 4; do
  heard together $size $tune $rates --log $size.log -o - > $size.snn
  compare 1e-5 one $size
done
nc-dis 2.snn --history | grep -o 'processes 2'

echo '-- qcfs: batch norm, teacher, augmentation'
qcfs="nc-calibrate ann.snn --method qcfs -T 4 $data --epochs 4 --lr 0.1 \
  --augment crop:1,flip --distill 0.1 --samples 300"
rm -f *.log
heard $qcfs --log one.log -o one.snn
heard together 2 $qcfs --log 2.log -o 2.snn
compare 1e-5 one 2
rm *.log

echo '-- a process that dies, and the training taken up again'
long="$tune --seed 3"
heard together 2 $long --epochs 20 -o whole.snn
mkdir place
keep="--checkpoint place --checkpoint-steps 1"
without_sums() { sed 's/add up .*; has/add up SUMS; has/; s/ (.*//' "$1"; }
start() {  # the command twice, until there is a checkpoint
  rm -f place/checkpoint.npz
  RANK=1 WORLD_SIZE=2 "$@" > other.out 2> other.err & second=$!
  RANK=0 WORLD_SIZE=2 "$@" > first.out 2> err & first=$!
  until [ -e place/checkpoint.npz ] || ! kill -0 $first; do sleep 0.01; done
}
start $long --epochs 5000 $keep -o parts.snn
kill -KILL $second; wait $second 2> /dev/null; wait $first; echo "status $?"
without_sums err
ls parts.snn 2>&1

echo '-- one that hangs'
start $long --epochs 5000 $keep --patience 2 -o parts.snn
kill -STOP $second; wait $first; echo "status $?"
without_sums err
kill -KILL $second; wait $second 2> /dev/null

echo '-- a signal to one is for all'
start $long --epochs 20 $keep -o parts.snn
kill -TERM $second; wait $first; echo "status $?"; wait $second; echo "status $?"
cat err other.err | sed 's/step [0-9]* of/step N of/'
heard together 2 $long --epochs 20 --checkpoint place --resume -o parts.snn
cmp whole.snn parts.snn && echo the same bytes as without the interruption

echo '-- one process goes on'
heard $long --epochs 20 --checkpoint place --resume -o parts.snn

echo '-- one that never comes'
RANK=0 WORLD_SIZE=2 $long --patience 2 2> err
echo "status $?"
sed "s/ (.*//; s/$MASTER_PORT/PORT/" err

echo '-- what cannot be shared'
together 2 $long --dump-gradients g.npz
together 2 nc-finetune net.snn --data train.npz -q --batch 1
together 2 nc-calibrate ann.snn --data train.npz -q --samples 1
RANK=1 WORLD_SIZE=2 $long --clip 1 2> other.err &
RANK=0 WORLD_SIZE=2 $long
wait; cat other.err
