import { hex } from '../lab/people'
import { InlineMarkdown, Markdown } from './Markdown'
import { messageTime } from './time'
import type { Embed } from './types'
import classes from './chat.module.css'

/** The rich boxes below a message. */
export function Embeds({ embeds }: { embeds: Embed[] }) {
  return embeds.map((embed, index) => <EmbedBox key={index} embed={embed} />)
}

function EmbedBox({ embed }: { embed: Embed }) {
  const footer = [embed.footer?.text, embed.timestamp ? messageTime(embed.timestamp) : undefined].filter(Boolean)
  const pictures = [embed.thumbnail?.url, embed.image?.url].filter((url) => url !== undefined)
  return (
    <article className={classes.embed} style={{ borderLeftColor: hex(embed.color) }} aria-label={embed.title ?? 'Embed'}>
      {embed.author && (
        <div className={classes.embedAuthor}>
          <Linked url={embed.author.url}>{embed.author.name}</Linked>
        </div>
      )}
      {embed.title && (
        <div className={classes.embedTitle}>
          <Linked url={embed.url}>
            <InlineMarkdown text={embed.title} />
          </Linked>
        </div>
      )}
      {embed.description && <Markdown text={embed.description} />}
      {embed.fields && embed.fields.length > 0 && (
        <dl className={classes.fields}>
          {embed.fields.map((field, index) => (
            <div key={index} className={field.inline ? classes.inlineField : classes.field}>
              <dt>
                <InlineMarkdown text={field.name} />
              </dt>
              <dd>
                <Markdown text={field.value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {pictures.map((url, index) => (
        <Picture key={index} url={url} />
      ))}
      {footer.length > 0 && <div className={classes.embedFooter}>{footer.join(' • ')}</div>}
    </article>
  )
}

/** Pictures stay where they are: showing one would tell its server that it was seen. */
function Picture({ url }: { url: string }) {
  return (
    <div className={classes.picture}>
      Picture, not loaded: <Linked url={url}>{url}</Linked>
    </div>
  )
}

function Linked({ url, children }: { url: string | undefined; children: React.ReactNode }) {
  if (!url || !/^https?:\/\//.test(url)) return children
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow" className={classes.embedLink}>
      {children}
    </a>
  )
}
