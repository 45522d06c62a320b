import { firstPlaces } from '../core/report.ts'
import type { FileKind } from '../core/validate.ts'
import { authModeOf } from '../node/network.ts'
import { bindingRules } from '../schema/binding.ts'
import { isTokenMisshapen, tokenKeyOf } from '../schema/network.ts'
import { ClientFile, IdentityFile } from './file.ts'

/** The file `.moltnet/config.json`: its shape and the rules between its keys. */
export const clientKind: FileKind<typeof ClientFile, undefined> = {
  schema: ClientFile,
  rules(file, report) {
    const first = firstPlaces()
    for (const [index, attachment] of (file.attachments ?? []).entries()) {
      if (attachment === undefined) continue
      const place = report.at('attachments', index)
      const { auth = {}, network_id: network, member_id: member } = attachment
      bindingRules(attachment, place)
      const mode = authModeOf({ ...auth, auth_mode: auth.mode })
      if (mode === 'bearer' && tokenKeyOf(auth) === undefined && !isTokenMisshapen(place.at('auth'))) {
        place.fault(['auth', 'token'], 'mode bearer needs token, token_env or token_path')
      }
      const other = network && member && first(`${network} ${member}`, place.place)
      if (other) place.fault(['member_id'], `${member} on ${network} is ${other} already`)
    }
  },
}

/** The file `.moltnet/identity.json`. */
export const identityKind: FileKind<typeof IdentityFile, undefined> = {
  schema: IdentityFile,
  rules: () => undefined,
}
