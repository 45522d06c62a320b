import { useEffect, useState } from 'react'
import { CopyButton } from '../copy-button.tsx'
import type { HighlightedNode } from './highlight.ts'
import { PlainText } from './plain-text.tsx'

/** Longer code is shown without colours: a click on "Show all" must not stop the page. In characters. */
const HIGHLIGHTED_CHARACTERS = 20_000

interface CodeBlockProps {
  code: string
  /** The info string of the fence; its first word names the language. */
  language: string | undefined
}

/** A block of code with its language and a copy button. Colours come when their chunk is loaded. */
export function CodeBlock({ code, language }: CodeBlockProps): React.ReactNode {
  const name = /^\S{1,32}/.exec(language ?? '')?.[0] ?? ''
  const nodes = useHighlighted(code, name)
  return (
    <figure className="msg-code">
      <figcaption>
        <bdi>
          <PlainText text={name === '' ? 'text' : name} />
        </bdi>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre tabIndex={0} aria-label={name === '' ? 'Code' : `Code, ${name}`} role="group" dir="ltr">
        <code>{nodes === undefined ? <PlainText text={code} /> : <HighlightedNodes nodes={nodes} />}</code>
      </pre>
    </figure>
  )
}

function useHighlighted(code: string, language: string): readonly HighlightedNode[] | undefined {
  const [result, setResult] = useState<{ code: string; nodes: readonly HighlightedNode[] | undefined }>()
  useEffect(() => {
    if (language === '' || code.length > HIGHLIGHTED_CHARACTERS) return undefined
    let wanted = true
    const show = (nodes: readonly HighlightedNode[] | undefined): void => {
      if (wanted) setResult({ code, nodes })
    }
    import('./highlight.ts').then(
      ({ highlight }) => show(highlight(code, language)),
      // Offline, or a newer server: the code is readable without colours.
      () => show(undefined),
    )
    return () => {
      wanted = false
    }
  }, [code, language])
  return result?.code === code ? result.nodes : undefined
}

function HighlightedNodes({ nodes }: { nodes: readonly HighlightedNode[] }): React.ReactNode {
  return nodes.map((node, index) => {
    if (node.type === 'text') return <PlainText key={index} text={node.value} />
    if (node.type !== 'element') return null
    const { className } = node.properties
    return (
      <span key={index} className={Array.isArray(className) ? className.join(' ') : undefined}>
        <HighlightedNodes nodes={node.children} />
      </span>
    )
  })
}
