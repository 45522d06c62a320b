import './text.css'
import { memo, useMemo } from 'react'
import { useExpanded } from '../expanded.ts'
import { foldText, parseMarkdown } from './parse.ts'
import { MarkdownTokens } from './markdown.tsx'
import { RichText } from './rich-text.tsx'

interface MessageTextProps {
  text: string
  /** Remembers whether "Show all" was chosen; unique among all texts of the page. */
  expandKey: string
}

/** The text of a message: Markdown, folded when it is long. */
export const MessageText = memo(function MessageText({ text, expandKey }: MessageTextProps): React.ReactNode {
  const [open, setOpen] = useExpanded(expandKey)
  const folded = useMemo(() => foldText(text), [text])
  const shown = open || folded === undefined ? text : folded
  const tokens = useMemo(() => parseMarkdown(shown), [shown])
  return (
    <>
      <div className="msg-text" dir="auto">
        {tokens === undefined ? (
          <pre className="msg-plain" dir="auto">
            <RichText text={shown} />
          </pre>
        ) : (
          <MarkdownTokens tokens={tokens} />
        )}
      </div>
      {folded === undefined ? null : (
        <button type="button" className="msg-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}
        </button>
      )}
    </>
  )
})
