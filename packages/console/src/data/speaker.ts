import { isGenericId } from '@moltnet/protocol'
import { Store } from './store.ts'

/** As whom the viewer speaks. */
export interface Speaker {
  id: string
  name: string
}

const KEY = 'moltnet.speaker'
const DEFAULT: Speaker = { id: 'operator', name: 'Operator' }

/** The speaker, kept in this browser. */
export class SpeakerStore extends Store<Speaker> {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    super(readSpeaker(storage))
    this.#storage = storage
  }

  override set(speaker: Speaker): void {
    super.set(speaker)
    try {
      this.#storage.setItem(KEY, JSON.stringify(speaker))
    } catch {
      // Forbidden by the browser: then it lasts as long as the page.
    }
  }
}

function readSpeaker(storage: Pick<Storage, 'getItem'>): Speaker {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? 'null')
    if (typeof value !== 'object' || value === null) return DEFAULT
    const { id, name } = value as Record<string, unknown>
    if (typeof id !== 'string' || !isGenericId(id)) return DEFAULT
    return { id, name: typeof name === 'string' ? name : '' }
  } catch {
    return DEFAULT
  }
}
