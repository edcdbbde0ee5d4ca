/** Texts that people read, and mistakes told to them. */
export interface Words {
  readonly en: string;
  readonly zh?: string | undefined;
}

/** What is wrong with one thing that a buyer or an author gave. */
export interface Mistake {
  /** JSON pointer into what was given: `/attributes/size`. */
  readonly at: string;
  /** Stable: `missing`, `not_a_choice`, `constraint_broken`, … */
  readonly code: string;
  readonly message: Required<Words>;
}

export const both = ({ en, zh }: Words): Required<Words> => ({ en, zh: zh ?? en });
