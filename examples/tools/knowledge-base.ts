/** An article of the help desk of a bicycle library that does not exist. */
export interface Article {
  id: string;
  title: string;
  text: string;
}

const articles: readonly Article[] = [
  {
    id: 'borrowing',
    title: 'Borrowing a bicycle',
    text: 'A member can borrow one bicycle at a time, for at most 14 days. A loan can be extended once by 7 days, unless somebody else has reserved the bicycle. Cargo bikes are lent for 3 days and cannot be extended.',
  },
  {
    id: 'membership',
    title: 'Membership and fees',
    text: 'Membership costs 30 euros a year, 12 euros for students. It includes every loan and repairs from normal wear. It ends by itself after a year.',
  },
  {
    id: 'late-return',
    title: 'Late returns',
    text: 'A bicycle that comes back late costs 2 euros for each day. After 10 days the deposit is kept and the membership is suspended.',
  },
  {
    id: 'deposit',
    title: 'Deposits',
    text: 'The deposit is 50 euros for a city bike, 150 euros for an electric bike and 200 euros for a cargo bike. It is paid back within 5 working days of the return.',
  },
  {
    id: 'flat-tyre',
    title: 'A flat tyre on the way',
    text: 'Under every saddle there is a bag with a tube, two levers and a pump. If you cannot mend the tyre yourself, call the workshop: within the city we bring you another bicycle free of charge, from 8 to 20 o’clock.',
  },
  {
    id: 'theft',
    title: 'When a bicycle is stolen',
    text: 'Report the theft to the police within 24 hours and send us the report. If the bicycle was locked to something fixed, you pay only the deposit. If it was not, you pay what the bicycle is worth.',
  },
  {
    id: 'battery',
    title: 'Batteries of electric bikes',
    text: 'A full battery lasts for about 60 kilometres. Charge it indoors, never below freezing point. Charging from empty takes 4 hours with the charger in the left pannier.',
  },
  {
    id: 'children',
    title: 'Children',
    text: 'Child seats are for children from 9 months to 22 kilograms and are lent with any city bike. A child in a cargo bike must wear the belt and a helmet; helmets can be borrowed at the desk.',
  },
  {
    id: 'opening-hours',
    title: 'Opening hours',
    text: 'The desk is open from Tuesday to Saturday, 10 to 18 o’clock. Bicycles can be returned at any time at the gate, with the code of the loan.',
  },
];

/** The articles that share most words with a query, best first; at most three. */
export function searchArticles(query: string): Article[] {
  const wanted = wordsOf(query);
  const scored = articles.map((article) => {
    const words = wordsOf(`${article.title} ${article.text}`);
    return { article, score: [...wanted].filter((word) => words.has(word)).length };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ article }) => article);
}

/** Without short words, which every article has, and without the plural. */
function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  return new Set(words.map((word) => word.replace(/s$/, '')));
}
