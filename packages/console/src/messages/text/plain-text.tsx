import { codePointName, textPieces } from './invisible.ts'

/** A text as it is, with a mark where a character hides or turns the text around. */
export function PlainText({ text }: { text: string }): React.ReactNode {
  const pieces = textPieces(text)
  if (pieces.length === 1 && pieces[0] !== undefined && 'text' in pieces[0]) return text
  return pieces.map((piece, index) =>
    'text' in piece ? piece.text : <Unseen key={index} code={piece.unseen} times={piece.times} />,
  )
}

function Unseen({ code, times }: { code: number; times: number }): React.ReactNode {
  const name = codePointName(code)
  const label = `${times === 1 ? 'invisible character' : `${times} invisible characters`} ${name}`
  return (
    <span className="msg-unseen" role="img" aria-label={label} title={label}>
      {times === 1 ? name : `${times}×${name}`}
    </span>
  )
}
