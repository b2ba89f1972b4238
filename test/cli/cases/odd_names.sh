# Whatever characters names and texts hold, a message is one line and tells the
# terminal nothing.
esc=$(printf '\033')
nc-fold "a
b${esc}[2J" -o out.snn; echo $?
nc-fold x.snn -o "no/$(printf '\377\r')out.snn"; echo $?
nc-fold x.snn "--${esc}[2J"; echo $?
printf 'text' > "$(printf 'odd\tname\302\2332J')"
nc-fold odd*; echo $?
printf 'snn t\n  in = input(shape=[2])\n  "x\033[2J" = relu() <- in\n' | nc-as -; echo $?
printf 'snn t\n  in = input(shape=[2], \033=2)\n' | nc-as -; echo $?
printf 'snn "t\033[2J"\n  in = input(shape=[2])\n  out = output() <- in\n; "nc-\377" "\033[2J"\n' |
  nc-as - -o net.snn; echo $?
nc-dis net.snn
nc-dis net.snn --history
printf 'snn t\n  in = input(shape=[2])\n  out = output() <- in\n' | nc-as - |
  nc-dis - --diff net.snn
nc-dis net.snn --json; echo $?
printf '{"format": "a\\u001b[2J\\nb"}' | nc-as -; echo $?
printf '{"format": "a\\u0000b"}' | nc-as -; echo $?
nc-run net.snn --data "$(printf 'mnist:\033[2J\n')" --engine reference; echo $?
ncc net.snn -### --target=ir -o "$(printf 'o\033').snn" 2>&1 | tail -1 |
  sed 's#.*-o##'
