import { useEffect, useRef } from 'react'
import { label, type Runnable } from '../discord/options'
import classes from './composer.module.css'

interface Props {
  id: string
  choices: Runnable[]
  active: number
  /** What to say when there is nothing to choose from. */
  none: string
  onMark: (index: number) => void
  onChoose: (runnable: Runnable) => void
}

/** The commands that fit what was typed. The keyboard stays in the field, which moves the mark. */
export function CommandList({ id, choices, active, none, onMark, onChoose }: Props) {
  const marked = useRef<HTMLLIElement>(null)
  useEffect(() => {
    // Newer browsers return a promise from it, which must not reach React as a clean-up.
    void marked.current?.scrollIntoView({ block: 'nearest' })
  }, [active])
  if (choices.length === 0) {
    return (
      <div id={id} className={classes.list} role="status">
        <p className={classes.none}>{none}</p>
      </div>
    )
  }
  return (
    <ul id={id} className={classes.list} role="listbox" aria-label="Commands">
      {choices.map((runnable, index) => (
        <li
          key={label(runnable)}
          id={`${id}-${index}`}
          ref={index === active ? marked : undefined}
          role="option"
          aria-selected={index === active}
          className={classes.choice}
          onMouseMove={() => onMark(index)}
          // Before the field loses the focus.
          onMouseDown={(event) => {
            event.preventDefault()
            onChoose(runnable)
          }}
        >
          <div>
            <strong>/{label(runnable)}</strong>
            {runnable.options.map((option) => (
              <span key={option.name} className={option.required ? classes.needed : classes.optional}>
                {option.name}
              </span>
            ))}
          </div>
          <div className={classes.description}>{runnable.description}</div>
        </li>
      ))}
    </ul>
  )
}
