; Later patterns go before earlier ones.

(identifier) @variable

(comment) @comment
(doc_comment) @comment.documentation
(text) @string
(number) @number
(unit) @keyword
(boolean) @constant.builtin

[
  "experiment" "use" "as" "param" "let" "fn" "couplings" "schedule" "lattice" "model" "network" "sample" "anneal" "train" "probe"
  "show" "expect" "plot" "on" "by" "of" "over" "at" "end" "every" "requires" "energy" "field" "input" "metric" "loss" "replica"
  "if" "then" "else" "for" "in" "and" "or" "not" "spins" "angles" "vectors" "reals" "weights"
] @keyword

[ "=" "~" "->" "+" "-" "−" "*" "·" "×" "/" "^" "==" "!=" "≠" "<" "<=" "≤" ">" ">=" "≥" ".." "..=" ] @operator
[ "(" ")" "[" "]" "{" "}" "⟨" "⟩" ] @punctuation.bracket
[ "," ":" "." ] @punctuation.delimiter

(type) @type
(property) @property
(setting name: (identifier) @property)
(quantity_entry name: (identifier) @property)
(named_argument name: (identifier) @variable.parameter)
(parameter name: (identifier) @variable.parameter)
(axis name: (identifier) @variable.parameter)
(block kind: (identifier) @keyword)
(module (identifier) @module)
(use alias: (identifier) @module)

(call function: (identifier) @function)
(call function: (member name: (property) @function))
(fn name: (identifier) @function)
(model name: (identifier) @type)
(network name: (identifier) @type)
(lattice name: (identifier) @type)
(task name: (identifier) @function)
(plot name: (identifier) @function)
(param name: (identifier) @constant)
