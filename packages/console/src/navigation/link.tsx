import type { ComponentProps } from 'react'
import { pathOf, type Route } from './routes.ts'

/** A link to a place in the console: a real address, which `followLinks` follows without loading the page. */
export function Link({ to, ...rest }: { to: Route } & Omit<ComponentProps<'a'>, 'href'>) {
  return <a {...rest} href={pathOf(to)} />
}
