/**
 * INI files as Python's `configparser.ConfigParser` reads them by default: `=` or `:` behind a name, comments on lines of
 * their own with `#` or `;`, and values that go on in lines which are indented deeper than their name. Only `%` is an
 * ordinary character here. https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 */

export interface IniEntry {
  readonly section: string;
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

export interface IniFile {
  readonly entries: readonly IniEntry[];
  /** What Python would not read, in words for a person. */
  readonly faults: readonly string[];
}

interface Open {
  readonly section: string;
  readonly name: string;
  readonly lines: string[];
}

const SECTION = /^\[(.+)\]/u;

/** Nothing is thrown: what cannot be read is a fault, and the rest is read. */
export function readIni(text: string): IniFile {
  const faults: string[] = [];
  const found: Open[] = [];
  let section: string | undefined;
  let open: Open | undefined;
  let indent = 0;
  for (const [index, line] of text
    .replace(/^\ufeff/u, '')
    .split(/\r\n|\r|\n/u)
    .entries()) {
    const content = line.trim();
    if (/^[#;]/u.test(content)) continue;
    if (content === '') {
      open?.lines.push('');
      continue;
    }
    const depth = line.search(/\S/u);
    if (open !== undefined && depth > indent) {
      open.lines.push(content);
      continue;
    }
    indent = depth;
    open = undefined;
    const header = SECTION.exec(content)?.[1];
    const sign = content.search(/[=:]/u);
    if (header !== undefined) section = header;
    else if (section === undefined) faults.push(`line ${index + 1} stands before the first section`);
    else if (sign < 1) faults.push(`line ${index + 1} has no name and value`);
    else {
      const name = content.slice(0, sign).trimEnd().toLowerCase();
      open = { section, name, lines: [content.slice(sign + 1).trimStart()] };
      if (found.some((entry) => entry.section === section && entry.name === name)) {
        faults.push(`line ${index + 1} sets ${name} of [${section}] again; the first value counts`);
      } else found.push(open);
    }
  }
  return { entries: found.map(({ lines, ...entry }) => ({ ...entry, value: lines.join('\n').trimEnd() })), faults };
}

/** The value of a name in a section, or in `[DEFAULT]`, which stands in for all sections. */
export function iniValue({ entries }: IniFile, section: string, name: string): string | undefined {
  const find = (where: string) => entries.find((entry) => entry.section === where && entry.name === name)?.value;
  return find(section) ?? find('DEFAULT');
}
