/**
 * @file The syntax of Ann for tree-sitter.
 *
 * The reference is `grammar/ann.pest`; `tests/editors.rs` holds the words of both together. Newlines end items and
 * entries where an expression could end: `src/scanner.c` decides that as `src/syntax/layout.rs` does.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const PREC = { arrow: 1, or: 2, and: 3, not: 4, compare: 5, range: 6, add: 7, multiply: 8, unary: 9, power: 10, postfix: 11 };

const UNITS = [
  "sweeps", "sweep", "epochs", "epoch", "steps", "step", "min", "ms", "mV", "us", "uV", "ns", "nA", "nS", "pA", "kHz", "Hz", "s",
  "h", "V", "K",
];

const VARIABLES = ["spins", "angles", "vectors", "reals", "weights"];

/** One or more, with commas between them and perhaps one behind. */
const commas = (rule) => seq(rule, repeat(seq(",", rule)), optional(","));

/** Entries of a block, parted by newlines or commas. */
const entries = ($, rule) => seq("{", optional($._sep), optional(seq(rule, repeat(seq($._sep, rule)), optional($._sep))), "}");

module.exports = grammar({
  name: "ann",

  word: ($) => $.identifier,
  externals: ($) => [$._newline],
  extras: ($) => [/[\s\u00a0\ufeff\u2009\u202f\u3000]/, $.doc_comment, $.comment],
  supertypes: ($) => [$._expression],
  inline: ($) => [$._item],

  conflicts: ($) => [
    [$.show],
    [$.expect],
    [$.draw],
    [$.ordered, $._expression],
    [$.each, $._expression],
    [$.bound, $._expression],
  ],

  rules: {
    source_file: ($) => seq(optional($._sep), optional(seq($._item, repeat(seq($._sep, $._item)), optional($._sep)))),

    _sep: ($) => repeat1(choice($._newline, ",")),

    _item: ($) =>
      choice(
        $.experiment, $.use, $.param, $.let, $.fn, $.couplings, $.schedule, $.lattice, $.model, $.network, $.task, $.show, $.expect,
        $.plot,
      ),

    experiment: ($) => seq("experiment", optional($.text), optional($.settings)),
    use: ($) => seq("use", choice($.text, $.module), optional(seq("as", field("alias", $.identifier)))),
    module: ($) => seq($.identifier, repeat(seq(".", $.identifier))),
    param: ($) => seq("param", field("name", $.identifier), optional($._typed), "=", field("value", $._expression)),
    _typed: ($) => seq(":", field("type", alias($.identifier, $.type))),
    let: ($) => seq("let", field("name", $.identifier), $._binding),
    fn: ($) =>
      seq("fn", field("name", $.identifier), $.parameters, optional($.requires), "=", field("body", $._expression)),
    couplings: ($) =>
      seq("couplings", field("name", $.identifier), optional(seq("on", field("on", $._expression))), $._binding),
    schedule: ($) => seq("schedule", field("name", $.identifier), "=", field("value", $._expression)),
    lattice: ($) =>
      seq(
        "lattice", field("name", $.identifier), optional($.parameters), optional($.requires),
        field("body", alias($._lattice_body, $.body)),
      ),
    _lattice_body: ($) => entries($, choice($.setting, $.requires)),
    model: ($) =>
      seq(
        "model", field("name", $.identifier), optional($.parameters), optional($.requires),
        field("body", alias($._model_body, $.body)),
      ),
    _model_body: ($) => entries($, choice($.let, $.couplings, $.requires, $.variable, $.energy, $.local_field)),
    network: ($) =>
      seq(
        "network", field("name", $.identifier), optional($.parameters), optional($.requires),
        field("body", alias($._network_body, $.body)),
      ),
    _network_body: ($) => entries($, choice($.let, $.requires, $.input, $.input_part, $.metric, $.loss, $.quantity_entry)),
    task: ($) =>
      seq(
        field("kind", choice("sample", "anneal", "train", "probe")), field("name", $.identifier), optional($.axes),
        optional(seq("of", field("of", $._expression))), field("body", alias($._task_body, $.body)),
      ),
    _task_body: ($) => entries($, choice($.let, $.setting, $.couplings, $.block, $.quantity_entry)),
    show: ($) => seq("show", $._expression, repeat(seq(",", $._expression))),
    expect: ($) => seq("expect", $._expression, repeat(seq(",", $._expression))),
    plot: ($) => seq("plot", field("name", $.identifier), $.settings),

    _binding: ($) => choice(seq("=", field("value", $._expression)), $.draw),
    draw: ($) =>
      seq("~", field("distribution", $._expression), optional(seq("by", $._expression, repeat(seq(",", $._expression))))),

    parameters: ($) => seq("(", optional(commas($.parameter)), ")"),
    parameter: ($) =>
      seq(field("name", $.identifier), optional($._typed), optional(seq("=", field("default", $._expression)))),
    requires: ($) => prec.right(seq("requires", $._expression, repeat(seq(",", $._expression)))),

    settings: ($) => entries($, $.setting),
    setting: ($) => seq(field("name", $.identifier), ":", field("value", $._value)),
    _value: ($) => choice($._expression, $.every_value),
    every_value: ($) => seq("every", $._expression),

    energy: ($) => seq("energy", "=", field("value", $._expression)),
    local_field: ($) => seq("field", "=", field("value", $._expression)),
    variable: ($) =>
      seq(
        field("kind", choice(...VARIABLES)), field("name", $.identifier), optional($.index),
        repeat(choice(seq(choice("on", "in", "="), $._expression), seq("~", $._expression))),
      ),

    input: ($) => seq("input", $.input_part),
    input_part: ($) => seq(field("name", $.identifier), ":", field("value", $._expression)),
    metric: ($) => seq("metric", field("name", $.identifier), "=", field("value", $._expression)),
    loss: ($) => seq("loss", "=", field("value", $._expression)),

    axes: ($) => seq("over", $.axis, repeat(seq(",", $.axis)), optional(",")),
    axis: ($) => seq(field("name", $.identifier), "in", field("values", $._expression)),
    block: ($) =>
      seq(
        field("kind", $.identifier), optional(choice(seq("at", choice("end", $._expression)), seq("every", $._expression))),
        field("body", alias($._block_body, $.body)),
      ),
    _block_body: ($) => entries($, choice($.quantity_entry, $.setting)),
    quantity_entry: ($) => seq(field("name", $.identifier), "=", field("value", $._expression)),

    _expression: ($) =>
      choice(
        $.identifier, $.number, $.quantity, $.text, $.boolean, $.list, $.comprehension, $.set, $.block_expression, $.parenthesised,
        $.tuple, $.average, $.if, $.unary, $.binary, $.lambda, $.call, $.reduction, $.subscript, $.member,
      ),

    quantity: ($) => prec(1, seq($.number, field("unit", alias(choice(...UNITS), $.unit)))),
    boolean: (_) => choice("true", "false"),
    list: ($) => seq("[", optional(commas($._expression)), "]"),
    comprehension: ($) => seq("[", $._expression, repeat1(seq("for", $._binder)), optional($.filter), "]"),
    filter: ($) => seq("if", $._expression),
    set: ($) =>
      choice(
        seq("{", optional($._sep), "}"),
        seq("{", optional($._sep), $._expression, repeat(seq(",", $._expression)), optional($._sep), "}"),
      ),
    block_expression: ($) =>
      seq("{", optional($._sep), $.let, $._sep, repeat(seq($.let, $._sep)), $._expression, optional($._sep), "}"),
    parenthesised: ($) => seq("(", $._expression, ")"),
    tuple: ($) => seq("(", optional(choice(seq($._expression, ","), seq($._expression, repeat1(seq(",", $._expression)), optional(",")))), ")"),
    average: ($) => seq("⟨", $._expression, "⟩"),
    if: ($) => prec.right(seq("if", $._expression, "then", $._expression, "else", $._expression)),
    unary: ($) =>
      choice(prec(PREC.unary, seq(choice("-", "−", "+"), $._expression)), prec(PREC.not, seq("not", $._expression))),
    binary: ($) =>
      choice(
        ...[
          [PREC.or, ["or"]],
          [PREC.and, ["and"]],
          [PREC.compare, ["==", "!=", "≠", "<", "<=", "≤", ">", ">=", "≥"]],
          [PREC.range, ["..", "..="]],
          [PREC.add, ["+", "-", "−"]],
          [PREC.multiply, ["*", "·", "×", "/"]],
        ].map(([level, operators]) =>
          prec.left(
            level,
            seq(field("left", $._expression), field("operator", operators.length > 1 ? choice(...operators) : operators[0]), field("right", $._expression)),
          ),
        ),
        prec.right(PREC.power, seq(field("left", $._expression), field("operator", "^"), field("right", $._expression))),
      ),
    lambda: ($) => prec.right(PREC.arrow, seq(field("parameters", $._expression), "->", field("body", $._expression))),

    call: ($) =>
      prec(PREC.postfix, seq(field("function", $._expression), "(", optional(choice(commas($._argument), $.reduction)), ")")),
    _argument: ($) => choice($._expression, $.named_argument),
    named_argument: ($) => seq(field("name", $.identifier), ":", field("value", $._expression)),
    reduction: ($) => seq($._binder, repeat(seq(",", $._binder)), optional($.filter), ":", field("body", $._expression)),
    subscript: ($) => prec(PREC.postfix, seq(field("value", $._expression), $.index)),
    index: ($) => seq("[", optional(commas(choice($._expression, $.replica))), "]"),
    replica: ($) => seq("replica", $._expression),
    member: ($) => prec(PREC.postfix, seq(field("value", $._expression), ".", field("name", alias($.identifier, $.property)))),

    _binder: ($) => choice($.bond, $.ordered, $.each),
    bond: ($) => seq("<", $.identifier, ",", $.identifier, ">", "in", $._expression),
    ordered: ($) => seq($.identifier, repeat1(seq("<", $.identifier)), "in", $._expression),
    each: ($) => seq(choice($.identifier, $.bound), "in", $._expression),
    bound: ($) => seq("(", commas($.identifier), ")"),

    text: (_) => token(seq('"', repeat(choice(/[^"\\\n]/, /\\./)), '"')),
    number: (_) => /[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+\-−]?[0-9][0-9_]*)?/,
    identifier: (_) => /[\p{L}_][\p{L}\p{Nd}\p{Mn}_₀-₉]*/,
    doc_comment: (_) => token(prec(1, /##([^#\n][^\n]*)?/)),
    comment: (_) => token(/#[^\n]*/),
  },
});
