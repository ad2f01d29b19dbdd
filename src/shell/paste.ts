/**
 * Text that is pasted, told apart from keys by the terminal itself ("bracketed paste", xterm's mode 2004).
 *
 * Inside it a tab is a blank and no completion, `\r\n` is one line end (the second half would answer the next question),
 * and control characters are left out: what is pasted can fill lines but press no other key. A terminal without that mode
 * sends pasted text as keys.
 */

/** Written when a line is opened, and when it ends. */
export const PASTE_MODE = { on: '\u001b[?2004h', off: '\u001b[?2004l' } as const;

const BEGIN = '\u001b[200~';
const END = '\u001b[201~';

export class PasteFilter {
  #isPasting = false;
  /** The beginning of an end mark that came in two pieces; if it were missed, no key would work again. */
  #held = '';
  /** What is pasted goes on after a `\r`, which a `\n` of the next piece belongs to. */
  #isAfterReturn = false;

  /** The keys that the text stands for. */
  filter(text: string): string {
    let left = this.#held + text;
    this.#held = '';
    let keys = '';
    while (left !== '') {
      const mark = this.#isPasting ? END : BEGIN;
      const at = left.indexOf(mark);
      const part = at === -1 ? this.#holdBack(left) : left.slice(0, at);
      keys += this.#isPasting ? this.#cleaned(part) : part;
      if (at === -1) break;
      this.#isPasting = !this.#isPasting;
      this.#isAfterReturn = false;
      left = left.slice(at + mark.length);
    }
    return keys;
  }

  #holdBack(text: string): string {
    if (!this.#isPasting) return text;
    let length = Math.min(END.length - 1, text.length);
    while (length > 0 && !END.startsWith(text.slice(-length))) length -= 1;
    this.#held = text.slice(text.length - length);
    return text.slice(0, text.length - length);
  }

  #cleaned(text: string): string {
    if (text === '') return '';
    const begun = this.#isAfterReturn ? text.replace(/^\n/u, '') : text;
    this.#isAfterReturn = text.endsWith('\r');
    return begun
      .replace(/\r\n/gu, '\r')
      .replace(/\t/gu, ' ')
      .replace(/(?![\r\n])\p{Cc}/gu, '');
  }
}
