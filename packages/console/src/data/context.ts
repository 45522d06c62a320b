import { createContext, useContext } from 'react'
import type { ConsoleModel } from './model.ts'

const ModelContext = createContext<ConsoleModel | undefined>(undefined)

/** Gives the model to everything below it. */
export const ModelProvider = ModelContext.Provider

/** The model of the page; throws outside a {@link ModelProvider}. */
export function useModel(): ConsoleModel {
  const model = useContext(ModelContext)
  if (model === undefined) throw new Error('there is no ModelProvider above')
  return model
}
