/**
 * Discord's markdown, as a tree. Drawing it is `Markdown.tsx`; nothing here makes HTML.
 *
 * Every rule looks ahead with `indexOf` or a sticky pattern without nested repetition, and nesting is bounded, so
 * that the longest hostile message costs about as much as a plain one.
 */

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler'; children: Node[] }
  | { kind: 'code'; text: string }
  | { kind: 'codeblock'; text: string; language: string }
  | { kind: 'quote'; children: Node[] }
  | { kind: 'heading'; level: number; children: Node[] }
  | { kind: 'subtext'; children: Node[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Node[][] }
  | { kind: 'link'; url: string; children: Node[] }
  | { kind: 'user' | 'role' | 'channel'; id: string }
  | { kind: 'command'; name: string; id: string }
  | { kind: 'everyone'; name: string }
  | { kind: 'emoji'; name: string; id: string }
  | { kind: 'time'; seconds: number; style: string }

const NESTING = 12

/** Parses a message's text. */
export function parse(text: string): Node[] {
  return blocks(text.replace(/\r\n?/g, '\n'), 0)
}

function blocks(text: string, depth: number): Node[] {
  if (depth > NESTING) return [{ kind: 'text', text }]
  const out: Node[] = []
  let plain: string[] = []
  const flush = () => {
    if (plain.length > 0) out.push(...inline(plain.join('\n'), depth))
    plain = []
  }
  let at = 0
  while (at <= text.length) {
    // A code block may start anywhere in a line; it is taken whole before lines are.
    const lineEnd = end(text, at)
    const line = text.slice(at, lineEnd)
    const fence = line.indexOf('```')
    if (fence >= 0 && !quoted(line)) {
      const close = text.indexOf('```', at + fence + 3)
      if (close > at + fence + 3) {
        if (fence > 0) plain.push(line.slice(0, fence))
        flush()
        out.push(codeblock(text.slice(at + fence + 3, close)))
        at = close + 3
        if (text[at] === '\n') at += 1
        if (at >= text.length) break
        continue
      }
    }
    if (text.startsWith('>>> ', at)) {
      flush()
      out.push({ kind: 'quote', children: blocks(text.slice(at + 4), depth + 1) })
      break
    }
    if (quoted(line)) {
      flush()
      const lines: string[] = []
      while (at <= text.length) {
        const stop = end(text, at)
        const next = text.slice(at, stop)
        if (!quoted(next)) break
        lines.push(next.slice(2))
        at = stop + 1
      }
      out.push({ kind: 'quote', children: blocks(lines.join('\n'), depth + 1) })
      continue
    }
    const heading = /^(#{1,3}) +(\S.*)$/.exec(line)
    if (heading) {
      flush()
      out.push({ kind: 'heading', level: heading[1]!.length, children: inline(heading[2]!.trim(), depth + 1) })
      at = lineEnd + 1
      continue
    }
    if (line.startsWith('-# ') && line.length > 3) {
      flush()
      out.push({ kind: 'subtext', children: inline(line.slice(3), depth + 1) })
      at = lineEnd + 1
      continue
    }
    const first = item(line)
    if (first) {
      flush()
      const items: Node[][] = []
      while (at <= text.length) {
        const stop = end(text, at)
        const next = item(text.slice(at, stop))
        if (!next || next.ordered !== first.ordered) break
        items.push(inline(next.text, depth + 1))
        at = stop + 1
      }
      out.push({ kind: 'list', ordered: first.ordered, start: first.start, items })
      continue
    }
    plain.push(line)
    at = lineEnd + 1
  }
  flush()
  return out
}

function end(text: string, at: number): number {
  const stop = text.indexOf('\n', at)
  return stop < 0 ? text.length : stop
}

function quoted(line: string): boolean {
  return line.startsWith('> ')
}

function item(line: string): { ordered: boolean; start: number; text: string } | undefined {
  const found = /^ {0,8}(?:([-*])|(\d{1,9})\.) +(\S.*)$/.exec(line)
  if (!found) return undefined
  return { ordered: found[2] !== undefined, start: Number(found[2] ?? 1), text: found[3]! }
}

function codeblock(inner: string): Node {
  const named = /^([A-Za-z0-9_+\-.#]{1,20})\n/.exec(inner)
  const text = named ? inner.slice(named[0].length) : inner.replace(/^\n/, '')
  return { kind: 'codeblock', language: named?.[1] ?? '', text: text.replace(/\n$/, '') }
}

const PAIRS = [
  { mark: '**', kind: 'bold' },
  { mark: '__', kind: 'underline' },
  { mark: '~~', kind: 'strike' },
  { mark: '||', kind: 'spoiler' },
] as const

const SPECIAL = /[\\`*_~|<[@h\n]/g
const USER = /<@!?(\d{1,20})>/y
const ROLE = /<@&(\d{1,20})>/y
const CHANNEL = /<#(\d{1,20})>/y
const COMMAND = /<\/([-_\p{L}\p{N} ]{1,100}):(\d{1,20})>/uy
const EMOJI = /<a?:(\w{2,32}):(\d{1,20})>/y
const TIME = /<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y
const HIDDEN_URL = /<(https?:\/\/[^\s<>]{1,2000})>/y
const BARE_URL = /https?:\/\/[^\s<>]{1,2000}/y
const MASKED = /\[([^[\]\n]{1,500})\]\((<?https?:\/\/[^\s()<>]{1,2000}>?)\)/y

function inline(text: string, depth: number): Node[] {
  if (depth > NESTING) return [{ kind: 'text', text }]
  const out: Node[] = []
  let plain = ''
  const push = (...nodes: Node[]) => {
    if (plain) out.push({ kind: 'text', text: plain })
    plain = ''
    out.push(...nodes)
  }
  /** Marks that were looked for and not found: looking again from further on cannot find them either. */
  const absent = new Set<string>()
  const find = (mark: string, from: number) => {
    if (absent.has(mark)) return -1
    const at = text.indexOf(mark, from)
    if (at < 0) absent.add(mark)
    return at
  }
  let at = 0
  while (at < text.length) {
    SPECIAL.lastIndex = at
    const next = SPECIAL.exec(text)
    if (!next) {
      plain += text.slice(at)
      break
    }
    plain += text.slice(at, next.index)
    at = next.index
    const char = text[at]!

    if (char === '\n') {
      push({ kind: 'break' })
      at += 1
      continue
    }
    if (char === '\\' && at + 1 < text.length && /[^A-Za-z0-9\s]/.test(text[at + 1]!)) {
      plain += text[at + 1]!
      at += 2
      continue
    }
    if (char === '`') {
      const mark = text.startsWith('``', at) ? '``' : '`'
      const close = find(mark, at + mark.length)
      if (close > at + mark.length) {
        push({ kind: 'code', text: trimCode(text.slice(at + mark.length, close)) })
        at = close + mark.length
        continue
      }
    }
    const pair = PAIRS.find(({ mark }) => text.startsWith(mark, at))
    if (pair) {
      let close = find(pair.mark, at + 2)
      // `**a *b***`: the closing mark is the last of a run.
      while (close >= 0 && text[close + 2] === pair.mark[0]) close += 1
      if (close > at + 2 && text.slice(at + 2, close).trim() !== '') {
        push({ kind: pair.kind, children: inline(text.slice(at + 2, close), depth + 1) })
        at = close + 2
        continue
      }
    }
    if (char === '*' || char === '_') {
      const close = italicEnd(text, at, char)
      if (close > 0) {
        push({ kind: 'italic', children: inline(text.slice(at + 1, close), depth + 1) })
        at = close + 1
        continue
      }
    }
    const special = token(text, at, depth)
    if (special) {
      push(special.node)
      at = special.end
      continue
    }
    plain += char
    at += 1
  }
  if (plain) out.push({ kind: 'text', text: plain })
  return out
}

function trimCode(text: string): string {
  return text.length > 2 && text.startsWith(' ') && text.endsWith(' ') && text.trim() ? text.slice(1, -1) : text
}

/** How far an italic run may reach: bounds the look-ahead of every single `*`. */
const ITALIC_REACH = 4096

function italicEnd(text: string, at: number, mark: string): number {
  const after = text[at + 1]
  if (after === undefined || after === mark || (mark === '*' && /\s/.test(after))) return -1
  if (mark === '_' && /\w/.test(text[at - 1] ?? ' ')) return -1
  const limit = Math.min(text.length, at + ITALIC_REACH)
  for (let close = at + 1; close < limit; close += 1) {
    if (text[close] === '\\') {
      close += 1
    } else if (text[close] === mark) {
      if (text[close + 1] === mark) {
        close += 1
        continue
      }
      if (mark === '_' && /\w/.test(text[close + 1] ?? ' ')) continue
      return close
    }
  }
  return -1
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Mentions, links, emoji and times: everything that stands for something else. */
function token(text: string, at: number, depth: number): { node: Node; end: number } | undefined {
  const found = (match: RegExpExecArray, node: Node) => ({ node, end: at + match[0].length })
  if (text[at] === '<') {
    let match = sticky(USER, text, at)
    if (match) return found(match, { kind: 'user', id: match[1]! })
    match = sticky(ROLE, text, at)
    if (match) return found(match, { kind: 'role', id: match[1]! })
    match = sticky(CHANNEL, text, at)
    if (match) return found(match, { kind: 'channel', id: match[1]! })
    match = sticky(COMMAND, text, at)
    if (match) return found(match, { kind: 'command', name: match[1]!, id: match[2]! })
    match = sticky(EMOJI, text, at)
    if (match) return found(match, { kind: 'emoji', name: match[1]!, id: match[2]! })
    match = sticky(TIME, text, at)
    if (match) return found(match, { kind: 'time', seconds: Number(match[1]), style: match[2] ?? 'f' })
    match = sticky(HIDDEN_URL, text, at)
    if (match) return found(match, link(match[1]!))
    return undefined
  }
  if (text[at] === '@') {
    for (const name of ['@everyone', '@here']) {
      if (text.startsWith(name, at)) return { node: { kind: 'everyone', name }, end: at + name.length }
    }
    return undefined
  }
  if (text[at] === 'h') {
    const match = sticky(BARE_URL, text, at)
    if (!match) return undefined
    // Punctuation that ends the sentence, and a bracket that opened before the link, are not part of it.
    let url = match[0].replace(/[.,:;!?'"*_~|]+$/, '')
    if (url.endsWith(')') && !url.includes('(')) url = url.slice(0, -1)
    return url.length > 8 ? { node: link(url), end: at + url.length } : undefined
  }
  if (text[at] === '[') {
    const match = sticky(MASKED, text, at)
    if (!match) return undefined
    const url = match[2]!.replace(/^<|>$/g, '')
    return found(match, { kind: 'link', url, children: inline(match[1]!, Math.max(depth + 1, NESTING - 2)) })
  }
  return undefined
}

function link(url: string): Node {
  return { kind: 'link', url, children: [{ kind: 'text', text: url }] }
}

/** The text alone, for announcements and previews. */
export function plainText(nodes: Node[]): string {
  return nodes
    .map((node): string => {
      switch (node.kind) {
        case 'text':
        case 'code':
        case 'codeblock':
          return node.text
        case 'break':
          return '\n'
        case 'list':
          return node.items.map(plainText).join('\n')
        case 'user':
        case 'role':
        case 'channel':
          return '@…'
        case 'command':
          return `/${node.name}`
        case 'everyone':
          return node.name
        case 'emoji':
          return `:${node.name}:`
        case 'time':
          return new Date(node.seconds * 1000).toLocaleString()
        case 'spoiler':
          return '(spoiler)'
        default:
          return plainText(node.children)
      }
    })
    .join('')
}
