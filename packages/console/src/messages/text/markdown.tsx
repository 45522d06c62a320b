import type { MarkedToken, Token, Tokens } from 'marked'
import { CodeBlock } from './code-block.tsx'
import { RichText } from './rich-text.tsx'
import { TextLink } from './link.tsx'
import { PlainText } from './plain-text.tsx'

/**
 * Markdown tokens as elements. Nothing of a message ever becomes markup: every kind of token that is drawn is
 * named here, and its texts are text nodes.
 */
export function MarkdownTokens({ tokens }: { tokens: readonly Token[] | undefined }): React.ReactNode {
  return tokens?.map((token, index) => <MarkdownToken key={index} token={token as MarkedToken} />)
}

function MarkdownToken({ token }: { token: MarkedToken }): React.ReactNode {
  switch (token.type) {
    case 'paragraph':
      return (
        <p dir="auto">
          <MarkdownTokens tokens={token.tokens} />
        </p>
      )
    case 'heading':
      // Not h1 to h6: a message must not write into the outline of the page.
      return (
        <p className="msg-heading" data-depth={token.depth} dir="auto">
          <MarkdownTokens tokens={token.tokens} />
        </p>
      )
    case 'blockquote':
      return (
        <blockquote dir="auto">
          <MarkdownTokens tokens={token.tokens} />
        </blockquote>
      )
    case 'code':
      return <CodeBlock code={token.text} language={token.lang} />
    case 'list':
      return <MarkdownList list={token} />
    case 'table':
      return <MarkdownTable table={token} />
    case 'hr':
      return <hr />
    case 'space':
      return null
    default:
      return <InlineToken token={token} />
  }
}

type InlineMarkedToken = Exclude<
  MarkedToken,
  {
    type: 'paragraph' | 'heading' | 'blockquote' | 'code' | 'list' | 'table' | 'hr' | 'space'
  }
>

function InlineToken({ token }: { token: InlineMarkedToken }): React.ReactNode {
  switch (token.type) {
    case 'text':
      return token.tokens === undefined ? (
        <RichText text={token.text} />
      ) : (
        <MarkdownTokens tokens={token.tokens} />
      )
    case 'escape':
      return <PlainText text={token.text} />
    case 'strong':
      return (
        <strong>
          <MarkdownTokens tokens={token.tokens} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <MarkdownTokens tokens={token.tokens} />
        </em>
      )
    case 'del':
      return (
        <del>
          <MarkdownTokens tokens={token.tokens} />
        </del>
      )
    case 'codespan':
      return (
        <code>
          <PlainText text={token.text} />
        </code>
      )
    case 'br':
      return <br />
    case 'link':
      return <MarkdownLink link={token} />
    case 'image':
      return <RemoteImage image={token} />
    case 'checkbox':
      return <span aria-hidden="true">{token.checked ? '☑ ' : '☐ '}</span>
    default:
      // HTML and definitions, which the tokenizer does not make, and list items, which their list draws.
      return <PlainText text={token.raw} />
  }
}

function MarkdownLink({ link }: { link: Tokens.Link }): React.ReactNode {
  return (
    <TextLink target={link.href} shown={link.text}>
      <MarkdownTokens tokens={link.tokens} />
    </TextLink>
  )
}

/** A remote image is never loaded: that alone would tell its server who reads here. It is a link. */
function RemoteImage({ image }: { image: Tokens.Image }): React.ReactNode {
  return (
    <TextLink target={image.href} shown={image.text}>
      <PlainText text={image.text === '' ? 'image' : `image: ${image.text}`} />
    </TextLink>
  )
}

function MarkdownList({ list }: { list: Tokens.List }): React.ReactNode {
  const items = list.items.map((item, index) => (
    <li key={index} className={item.task ? 'msg-task' : undefined} dir="auto">
      {item.task ? <span className="sr-only">{item.checked ? 'done: ' : 'to do: '}</span> : null}
      <MarkdownTokens tokens={item.tokens} />
    </li>
  ))
  return list.ordered ? <ol start={list.start === '' ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>
}

function MarkdownTable({ table }: { table: Tokens.Table }): React.ReactNode {
  return (
    // Wide tables scroll by themselves; what scrolls can be reached with the keyboard.
    <div className="msg-table" role="group" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <th key={index} scope="col" data-align={cell.align ?? undefined} dir="auto">
                <MarkdownTokens tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} data-align={cell.align ?? undefined} dir="auto">
                  <MarkdownTokens tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
