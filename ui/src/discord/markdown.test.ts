import { describe, expect, it } from 'vitest'
import { parse, plainText, type Node } from './markdown'

const text = (value: string): Node => ({ kind: 'text', text: value })

describe('inline markdown', () => {
  it('reads the pairs Discord knows', () => {
    expect(parse('a **b** *c* _d_ __e__ ~~f~~ ||g||')).toEqual([
      text('a '),
      { kind: 'bold', children: [text('b')] },
      text(' '),
      { kind: 'italic', children: [text('c')] },
      text(' '),
      { kind: 'italic', children: [text('d')] },
      text(' '),
      { kind: 'underline', children: [text('e')] },
      text(' '),
      { kind: 'strike', children: [text('f')] },
      text(' '),
      { kind: 'spoiler', children: [text('g')] },
    ])
  })

  it('nests, and closes a run of marks in the right order', () => {
    expect(parse('**bold *both***')).toEqual([
      { kind: 'bold', children: [text('bold '), { kind: 'italic', children: [text('both')] }] },
    ])
    expect(parse('***x***')).toEqual([{ kind: 'bold', children: [{ kind: 'italic', children: [text('x')] }] }])
  })

  it('leaves lone marks, escaped marks and snake_case_names alone', () => {
    for (const plain of ['2 * 3 * 4', 'snake_case_name', '**', '****', '* ', '`', 'a ** b', '|| ||']) {
      expect(plainText(parse(plain))).toBe(plain)
      expect(parse(plain).every((node) => node.kind === 'text')).toBe(true)
    }
    expect(parse('\\*not\\* \\<@1>')).toEqual([text('*not* <@1>')])
  })

  it('keeps code untouched', () => {
    expect(parse('`**a** <@1>` ``x ` y``')).toEqual([
      { kind: 'code', text: '**a** <@1>' },
      text(' '),
      { kind: 'code', text: 'x ` y' },
    ])
  })

  it('reads mentions, emoji and times', () => {
    expect(parse('<@1> <@!2> <@&3> <#4> </hello:5> <a:wave:6> <t:7:R> @here @everyone')).toEqual([
      { kind: 'user', id: '1' },
      text(' '),
      { kind: 'user', id: '2' },
      text(' '),
      { kind: 'role', id: '3' },
      text(' '),
      { kind: 'channel', id: '4' },
      text(' '),
      { kind: 'command', name: 'hello', id: '5' },
      text(' '),
      { kind: 'emoji', name: 'wave', id: '6' },
      text(' '),
      { kind: 'time', seconds: 7, style: 'R' },
      text(' '),
      { kind: 'everyone', name: '@here' },
      text(' '),
      { kind: 'everyone', name: '@everyone' },
    ])
  })

  it('links only to http and https', () => {
    expect(parse('(see https://example.org/a_b_c).')).toEqual([
      text('(see '),
      { kind: 'link', url: 'https://example.org/a_b_c', children: [text('https://example.org/a_b_c')] },
      text(').'),
    ])
    expect(parse('[**here**](https://example.org)')).toEqual([
      { kind: 'link', url: 'https://example.org', children: [{ kind: 'bold', children: [text('here')] }] },
    ])
    for (const bad of ['[x](javascript:alert(1))', '<javascript:alert(1)>', '[x](data:text/html,1)', '<img src=x>']) {
      expect(JSON.stringify(parse(bad))).not.toContain('"link"')
      expect(plainText(parse(bad))).toBe(bad)
    }
  })
})

describe('blocks', () => {
  it('reads code blocks with and without a language', () => {
    expect(parse('see\n```py\nprint(1)\n```\nend')).toEqual([
      text('see'),
      { kind: 'codeblock', language: 'py', text: 'print(1)' },
      text('end'),
    ])
    expect(parse('```one line```')).toEqual([{ kind: 'codeblock', language: '', text: 'one line' }])
    expect(plainText(parse('```never closed'))).toBe('```never closed')
  })

  it('reads quotes, headings, small print and lists', () => {
    expect(parse('# Big\n> one\n> two\n-# small\n- a\n- b\n3. c')).toEqual([
      { kind: 'heading', level: 1, children: [text('Big')] },
      { kind: 'quote', children: [text('one'), { kind: 'break' }, text('two')] },
      { kind: 'subtext', children: [text('small')] },
      { kind: 'list', ordered: false, start: 1, items: [[text('a')], [text('b')]] },
      { kind: 'list', ordered: true, start: 3, items: [[text('c')]] },
    ])
    expect(parse('>>> all\nof it')).toEqual([{ kind: 'quote', children: [text('all'), { kind: 'break' }, text('of it')] }])
    expect(parse('#nope')).toEqual([text('#nope')])
  })
})

describe('hostile text', () => {
  it('never loses a character of plain text', () => {
    for (const plain of ['', '\n', 'a\n\nb', '<', '<@', '<@x>', '<t:>', '[a](b)', '@', 'h', 'https://']) {
      expect(plainText(parse(plain))).toBe(plain)
    }
  })

  it('comes to an end whatever is repeated', () => {
    for (const piece of ['*', '_', '**', '||', '`', '> ', '<', '[', '*a ', '_a', '**a*', '\\', '- ', 'https://', '```']) {
      const text = piece.repeat(4096 / piece.length)
      expect(plainText(parse(text)).length).toBeLessThanOrEqual(text.length)
    }
  })
})
