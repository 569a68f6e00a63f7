/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text in the language of LC_MESSAGES, by gettext. po/ has the translations. Text that has none is printed in English,
 * and so is all text where the catalogues are not installed.
 */
#ifndef SYNSCOPE_BASE_TRANSLATE_H
#define SYNSCOPE_BASE_TRANSLATE_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text /* a constant that is translated where it is printed */

/*
 * Find the catalogues: beside the program if it runs where it was built, else where they are installed. Of a locale
 * that is not installed, encoding and language are understood all the same. Where text is not in UTF-8, it is in
 * English. Call it once, after setlocale(LC_CTYPE).
 */
void translate_begin(void);

#endif
