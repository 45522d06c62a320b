/** A figure with thousands separators and the given digits. */
export function figure(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A share of a calibration, `42 %`. */
export function share(value: number, of: number): string {
  return `${figure((100 * value) / of)} %`
}
