import { jsonText } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

/** The OpenAPI document. It says the same to everybody and holds nothing of this network. */
export function openApiRoutes({ deps }: RouteContext): Route[] {
  let document: Promise<string> | undefined
  const make = async (): Promise<string> => {
    // Made for the first who asks: turning every schema into JSON Schema would slow each start down.
    const { openApiDocument } = await import('../openapi/document.ts')
    return JSON.stringify(openApiDocument(deps.version))
  }
  return [
    {
      method: 'GET',
      pattern: '/openapi.json',
      caller: 'none',
      async handle() {
        document ??= make()
        return jsonText(200, await document)
      },
    },
  ]
}
