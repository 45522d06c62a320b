import { Heights } from './heights.ts'
import { estimateHeight, rowId, rowOfMessage, type TimelineRows } from './rows.ts'

/** Room above the first row, where the state of older messages is said, in CSS pixels. */
export const EDGE_HEIGHT = 56
/** Room below the newest row. */
const END_MARGIN = 16
/** Within this many CSS pixels of the end, a reader who scrolls down has arrived there. */
const END_THRESHOLD = 48
/** What is drawn beyond both edges of the view at least: more than a turn of a wheel or a page of a small window. */
const KEPT = 600
/** And what is drawn there when it has to be drawn anew. */
const DRAWN = 1_300
/** Taken for the view's height before it is known. */
const FIRST_VIEW = 1_000

/** Where a row is to stand in the view. */
export type Alignment = 'start' | 'center' | 'nearest'

/**
 * What stays where it is, whatever is added or grows: the end of the list, or a row, whose top stands `offset`
 * above the top of the view (negative: below it).
 */
type Anchor = { kind: 'end' } | { kind: 'row'; id: string; row: number; offset: number }

interface Aim {
  row: number
  align: 'start' | 'center' | 'end'
}

/** Rows from `start` on, `end` not among them. */
export interface Range {
  start: number
  end: number
}

const NO_ROWS: TimelineRows = { count: 0, messages: [], outgoing: [] }

/**
 * Which rows of a list are drawn, and where the list has to be scrolled so that what the reader looks at stays
 * there to the pixel. Knows no DOM: it is told what was measured and scrolled, and says what to set.
 */
export class ListWindow {
  readonly #heights = new Heights()
  /** Measured heights by id: rows that are drawn again, or move to another index, keep theirs. */
  readonly #measured = new Map<string, number>()
  #rows = NO_ROWS
  #isLive = true
  #view = FIRST_VIEW
  #scrollTop = 0
  #anchor: Anchor = { kind: 'end' }
  /** Where the next layout goes; an anchor once its rows are measured. */
  #aim: Aim | undefined
  #range: Range = { start: 0, end: 0 }

  /** Rows to be drawn. The same object until they are others. */
  get range(): Range {
    return this.#range
  }

  /** The reader is at the end of a live list, and stays there when rows come. */
  get isAtEnd(): boolean {
    return this.#anchor.kind === 'end' && this.#aim === undefined
  }

  /** Height of the whole list. */
  get height(): number {
    return EDGE_HEIGHT + this.#heights.total + (this.#isLive ? END_MARGIN : EDGE_HEIGHT)
  }

  /** Where the drawn rows begin. */
  get top(): number {
    return EDGE_HEIGHT + this.#heights.top(this.#range.start)
  }

  /** Where the list has to be scrolled to. */
  get scrollTop(): number {
    const most = Math.max(0, this.height - this.#view)
    return Math.max(0, Math.min(this.#wantedTop(most), most))
  }

  /** Where the list was last known to be scrolled to. */
  get lastScrollTop(): number {
    return this.#scrollTop
  }

  /** Takes other rows over. Calling it again with the same ones changes nothing. */
  sync(rows: TimelineRows, isLive: boolean): void {
    if (rows === this.#rows && isLive === this.#isLive) return
    if (!isLive && this.#anchor.kind === 'end') this.#holdTopRow()
    const before = this.#rows
    this.#isLive = isLive
    this.#rows = rows
    const first = rows.messages[0]
    // Appended to, mostly: only what follows the common messages is new.
    const isContinued = first !== undefined && first === before.messages[0]
    this.#heights.truncate(isContinued ? Math.min(before.messages.length, rows.messages.length) : 0)
    for (let row = this.#heights.count; row < rows.count; row += 1) {
      this.#heights.push(this.#measured.get(rowId(rows, row)) ?? estimateHeight(rows, row))
    }
    this.#findAnchor(rows.count - before.count)
    this.cover()
  }

  /** Takes the heights of the drawn rows, in their order. */
  measure(heights: readonly number[]): void {
    const { start } = this.#range
    for (const [index, height] of heights.entries()) {
      const row = start + index
      if (row >= this.#rows.count) break
      this.#measured.set(rowId(this.#rows, row), height)
      this.#heights.set(row, height)
    }
  }

  /** The height of the view. */
  resize(view: number): void {
    if (view > 0) this.#view = view
  }

  /**
   * The reader has scrolled: what is at the top now stays, or the end. `scrollTop` is of the list as it was
   * placed last; rows that were put before the view since then do not turn it into another way.
   */
  scrolled(scrollTop: number): void {
    if (this.#aim !== undefined) return
    const way = scrollTop - this.#scrollTop
    this.#scrollTop = this.scrollTop + way
    const left = this.height - this.#view - this.#scrollTop
    const isArriving = way >= 0 && left <= END_THRESHOLD
    if (this.#isLive && (isArriving || left <= 1)) this.#anchor = { kind: 'end' }
    else this.#holdTopRow()
  }

  /** The list was scrolled to where this object wanted it. */
  placed(scrollTop: number): void {
    this.#scrollTop = scrollTop
  }

  /** Brings a row into the view. */
  aim(row: number, align: Alignment): void {
    if (align !== 'nearest') this.#aim = { row, align }
    else if (this.#topOf(row) < this.#scrollTop) this.#aim = { row, align: 'start' }
    else if (this.#topOf(row + 1) > this.#scrollTop + this.#view) this.#aim = { row, align: 'end' }
  }

  aimAtEnd(): void {
    this.#aim = undefined
    this.#anchor = { kind: 'end' }
  }

  /**
   * What is at the top of the view stays there even for a reader at the end, until {@link settle}: they are
   * about to open something, and want to read it from its beginning.
   */
  hold(): void {
    if (this.#anchor.kind === 'end') this.#holdTopRow()
  }

  /** When the drawn rows are measured and placed: an aim is reached, and who stands at the end has arrived. */
  settle(): void {
    if (this.#aim !== undefined) {
      this.#scrollTop = this.scrollTop
      this.#aim = undefined
      this.#holdTopRow()
    }
    if (this.#isLive && this.height - this.#view - this.#scrollTop <= 1) this.#anchor = { kind: 'end' }
  }

  /** Chooses other rows to draw when the view is not well within the drawn ones. True when it did. */
  cover(): boolean {
    const { count } = this.#rows
    const top = this.scrollTop - EDGE_HEIGHT
    if (this.#covers(top) && this.#drawnHeight() <= this.#view + 4 * DRAWN) return false
    const start = count === 0 ? 0 : this.#heights.at(top - DRAWN)
    const end = count === 0 ? 0 : this.#heights.at(top + this.#view + DRAWN) + 1
    // A single row can be higher than all that is to be drawn.
    if (start === this.#range.start && end === this.#range.end) return false
    this.#range = { start, end }
    return true
  }

  /** Whether a view at this position is well within the drawn rows. */
  #covers(top: number): boolean {
    const { start, end } = this.#range
    const { count } = this.#rows
    return (
      end <= count &&
      (start === 0 || this.#heights.top(start) <= top - KEPT) &&
      (end === count || this.#heights.top(end) >= top + this.#view + KEPT)
    )
  }

  #drawnHeight(): number {
    return this.#heights.top(this.#range.end) - this.#heights.top(this.#range.start)
  }

  #wantedTop(most: number): number {
    const aim = this.#aim
    if (aim === undefined) {
      return this.#anchor.kind === 'end' ? most : this.#topOf(this.#anchor.row) + this.#anchor.offset
    }
    const top = this.#topOf(aim.row)
    const height = this.#heights.of(aim.row)
    if (aim.align === 'start') return top
    if (aim.align === 'center') return top - Math.max(0, (this.#view - height) / 2)
    // Of a row higher than the view the beginning is shown.
    return Math.min(top, top + height - this.#view)
  }

  #topOf(row: number): number {
    return EDGE_HEIGHT + this.#heights.top(row)
  }

  #holdTopRow(): void {
    if (this.#rows.count === 0) return
    const row = this.#heights.at(this.#scrollTop - EDGE_HEIGHT)
    this.#anchor = {
      kind: 'row',
      id: rowId(this.#rows, row),
      row,
      offset: this.#scrollTop - this.#topOf(row),
    }
  }

  /** The anchor's row after the rows changed; `added` is how many more there are. */
  #findAnchor(added: number): void {
    this.#aim = undefined
    const anchor = this.#anchor
    if (anchor.kind === 'end') return
    const { id } = anchor
    // Where it was, or pushed on by what was put before it; else it has to be looked for.
    const row =
      [anchor.row, anchor.row + added].find((guess) => rowId(this.#rows, guess) === id) ??
      rowOfMessage(this.#rows, id)
    if (row >= 0) this.#anchor = { ...anchor, row }
    else this.#anchor = { kind: 'end' }
  }
}
