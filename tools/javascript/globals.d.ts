// What plain scripts of the book's pages hand to one another, and libraries that bring no types along.

/** A section that a search found. */
interface SearchResult {
  address: string;
  page: string;
  title: string;
  text: string;
  terms: string[];
}

/** One answer: when, what was chosen or typed, its words, and how right: 0, 0.5 or 1. */
interface QuizSaid {
  at: number;
  value: string;
  text: string;
  right: number;
}

/** A question as it was asked, and all answers to it, the first first. */
interface QuizKept {
  page: string;
  label: string;
  prompt: string;
  kind: string;
  said: QuizSaid[];
}

declare var alexnetLabQuiz: any;
declare var alexnetLabQuizFiles: any;
declare var alexnetLabSearch: any;
declare var alexnetLabIndex: any;
declare var Stemmer: any;
declare var MiniSearch: any;
declare var alexnetLabAtlas: any;
