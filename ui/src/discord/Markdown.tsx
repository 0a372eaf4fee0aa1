import { Fragment, useMemo, useState, type ReactNode } from 'react'
import { useLab } from '../lab/people'
import { parse, type Node } from './markdown'
import { absoluteTime, discordTime } from './time'
import classes from './markdown.module.css'

/** A message's text as Discord shows it. Plugins' text becomes text nodes and known elements, nothing else. */
export function Markdown({ text, children }: { text: string; children?: ReactNode }) {
  const nodes = useMemo(() => parse(text), [text])
  return (
    <div className={`${classes.body} ${jumbo(nodes) ? classes.jumbo : ''}`}>
      {draw(nodes)}
      {children}
    </div>
  )
}

/** The same within a line, for field names and titles. */
export function InlineMarkdown({ text }: { text: string }) {
  const nodes = useMemo(() => parse(text), [text])
  return <span className={classes.body}>{draw(nodes)}</span>
}

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F|\u200D|\s){1,60}$/u

function jumbo(nodes: Node[]): boolean {
  return nodes.length > 0 && nodes.every((node) => node.kind === 'text' && EMOJI_ONLY.test(node.text))
}

function draw(nodes: Node[]): ReactNode {
  return nodes.map((node, index) => <Fragment key={index}>{one(node)}</Fragment>)
}

function one(node: Node): ReactNode {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'break':
      return <br />
    case 'bold':
      return <strong>{draw(node.children)}</strong>
    case 'italic':
      return <em>{draw(node.children)}</em>
    case 'underline':
      return <u>{draw(node.children)}</u>
    case 'strike':
      return <s>{draw(node.children)}</s>
    case 'spoiler':
      return <Spoiler>{draw(node.children)}</Spoiler>
    case 'code':
      return <code className={classes.code}>{node.text}</code>
    case 'codeblock':
      return (
        // Long lines scroll; whoever uses a keyboard must be able to scroll them as well.
        <pre className={classes.block} tabIndex={0} aria-label={node.language ? `Code, ${node.language}` : 'Code'}>
          <code>{node.text}</code>
        </pre>
      )
    case 'quote':
      return <blockquote className={classes.quote}>{draw(node.children)}</blockquote>
    case 'heading':
      return <div className={classes[`heading${node.level}`]}>{draw(node.children)}</div>
    case 'subtext':
      return <div className={classes.subtext}>{draw(node.children)}</div>
    case 'list': {
      const items = node.items.map((item, index) => <li key={index}>{draw(item)}</li>)
      return node.ordered ? (
        <ol className={classes.list} start={node.start}>
          {items}
        </ol>
      ) : (
        <ul className={classes.list}>{items}</ul>
      )
    }
    case 'link':
      return (
        <a href={node.url} target="_blank" rel="noopener noreferrer nofollow" className={classes.link} title={node.url}>
          {draw(node.children)}
        </a>
      )
    case 'user':
      return <UserMention id={node.id} />
    case 'role':
      return <RoleMention id={node.id} />
    case 'channel':
      return <ChannelMention id={node.id} />
    case 'command':
      return <span className={classes.mention}>/{node.name}</span>
    case 'everyone':
      return <span className={classes.mention}>{node.name}</span>
    case 'emoji':
      return (
        <span className={classes.emoji} title="An emoji of the server's own; its picture is not loaded from the network">
          :{node.name}:
        </span>
      )
    case 'time':
      return (
        <time className={classes.code} dateTime={isoTime(node.seconds)} title={absoluteTime(node.seconds)}>
          {discordTime(node.seconds, node.style)}
        </time>
      )
  }
}

function isoTime(seconds: number): string | undefined {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false)
  if (shown) return <span className={classes.spoilerShown}>{children}</span>
  return (
    <button type="button" className={classes.spoiler} aria-label="Hidden text: show it" onClick={() => setShown(true)}>
      <span aria-hidden>{children}</span>
    </button>
  )
}

function UserMention({ id }: { id: string }) {
  const { member, nameOf } = useLab()
  const found = member(id)
  return <span className={classes.mention}>@{found ? nameOf(found.user) : 'unknown member'}</span>
}

function RoleMention({ id }: { id: string }) {
  const { role } = useLab()
  return <span className={classes.mention}>@{role(id)?.name ?? 'unknown role'}</span>
}

function ChannelMention({ id }: { id: string }) {
  const { channel } = useLab()
  return <span className={classes.mention}>#{channel(id)?.name ?? 'unknown channel'}</span>
}
