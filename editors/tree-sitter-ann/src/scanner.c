// Which newlines end an item or an entry. The parser asks only where something could end; a newline then counts unless the
// next line goes on with what stands before it, as in src/syntax/layout.rs of Ann.

#include "tree_sitter/parser.h"

#include <string.h>

enum TokenType { NEWLINE };

void *tree_sitter_ann_external_scanner_create(void) { return NULL; }
void tree_sitter_ann_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_ann_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}
void tree_sitter_ann_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}

static bool is_blank(int32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == 0xa0 || c == 0xfeff || c == 0x2009 || c == 0x202f || c == 0x3000;
}

static bool is_word(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c > 0x7f;
}

// Whether the line that begins here goes on with the one before.
static bool goes_on(TSLexer *lexer) {
    int32_t c = lexer->lookahead;
    switch (c) {
        case '=': case '~': case '*': case '/': case '^': case '<': case '>': case '{': case 0xb7: case 0xd7: case 0x2264:
        case 0x2265: case 0x2260:
            return true;
        case '!':
            lexer->advance(lexer, false);
            return lexer->lookahead == '=';
        case '-':
            lexer->advance(lexer, false);
            return lexer->lookahead == '>';
        case '.':
            return true;
        default:
            break;
    }
    char word[10] = {0};
    unsigned length = 0;
    while (is_word(lexer->lookahead)) {
        if (length >= sizeof(word) - 1) return false;
        word[length++] = lexer->lookahead > 0x7f ? '?' : (char)lexer->lookahead;
        lexer->advance(lexer, false);
    }
    return !strcmp(word, "then") || !strcmp(word, "else") || !strcmp(word, "and") || !strcmp(word, "or");
}

bool tree_sitter_ann_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
    (void)payload;
    if (!valid_symbols[NEWLINE]) return false;
    while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
    if (lexer->lookahead != '\n') return false;
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    lexer->result_symbol = NEWLINE;
    for (;;) {
        while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, false);
        if (lexer->lookahead != '#') break;
        while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, false);
    }
    return lexer->eof(lexer) || !goes_on(lexer);
}
