/** Room between a popover and its button, and the edge of the window, in CSS pixels. */
const GAP = 8

/**
 * Puts an open popover next to its button, below it where there is room. Narrow windows show it as a sheet at
 * the bottom; the stylesheet does that, and the position set here has no effect there.
 */
export function placePopover(popover: HTMLElement, button: HTMLElement): void {
  const anchor = button.getBoundingClientRect()
  const { width, height } = popover.getBoundingClientRect()
  const below = anchor.bottom + GAP
  const fitsBelow = below + height + GAP <= innerHeight
  const top = fitsBelow ? below : Math.max(GAP, anchor.top - GAP - height)
  const left = Math.max(GAP, Math.min(anchor.left, innerWidth - width - GAP))
  popover.style.setProperty('--msg-popover-top', `${top}px`)
  popover.style.setProperty('--msg-popover-left', `${left}px`)
}
