import { defineErrors } from "../base/index.ts";

/**
 * What this room refuses. `command_malformed`, `cursor_malformed`, `options_malformed`, `line_missing`, `id_reserved` and `books_refused` are thrown; the others are answers,
 * in these words and in those of words.ts.
 */
export const orderErrors = defineErrors("order", {
  command_malformed: {
    kind: "invalid",
    message: "{field} is wrong: {problem}",
    advice: "Mend the field; the reference of the operation says what it takes.",
    retry: "never",
  },
  options_malformed: {
    kind: "invalid",
    message: "{option} is out of range: {min} to {max} ms",
    advice: "Leave it out to take what is usual.",
    retry: "never",
  },
  cursor_malformed: {
    kind: "invalid",
    message: "This is no cursor of that list.",
    advice: "Use the cursor of a page as it was answered, with the same state and buyer.",
    retry: "never",
  },
  books_refused: {
    kind: "refused",
    message: "The book refused {id}: {code}.",
    advice: "Open what the shop needs: openTill for its money, openShelf for each product.",
    retry: "never",
  },
  id_reserved: {
    kind: "invalid",
    message: "The id {id} is one that selling gives to its own postings and holds.",
    advice:
      "Nothing was done. Give your own postings other ids than a letter and a slash; what belongs to orders, stock, wallets and offerings is moved by their own verbs.",
    retry: "never",
  },
  missing: {
    kind: "missing",
    message: "There is no order {order}.",
    advice: "Look at the order's key; it is the one that the order was placed with.",
    retry: "never",
  },
  line_missing: {
    kind: "missing",
    message: "The order {order} has no line {line}.",
    advice: "Lines are counted from 0; the order's view has them.",
    retry: "never",
  },
  key_conflict: {
    kind: "conflict",
    message: "The key {key} stands for something else already.",
    advice: "Use a new key for something new; a repeat must say the same in every field.",
    retry: "never",
  },
  key_refused: {
    kind: "refused",
    message: "{key} was refused when it was first asked for, and stays refused.",
    advice: "What was missing then is there now: ask again under a new key.",
    retry: "never",
  },
  quote_missing: {
    kind: "missing",
    message: "There is no quote {quote}.",
    advice: "Ask for a new price.",
    retry: "never",
  },
  quote_expired: {
    kind: "refused",
    message: "The price was good until {until}.",
    advice: "Ask for a new price.",
    retry: "never",
  },
  quote_changed: {
    kind: "refused",
    message: "This is not the quote that was made: its price is {total}, and {seen} was given.",
    advice: "Look at the new price, and order again if it is right.",
    retry: "never",
  },
  quote_used: {
    kind: "refused",
    message:
      "By the quote {quote} the order {order} was placed; a price that was agreed on sells once.",
    advice: "Look at that order; for another one ask for a new price.",
    retry: "never",
  },
  sold_out: {
    kind: "refused",
    message: "{sku}: {asked} are wanted and {left} are left.",
    advice:
      "Take fewer, or look again later; an unpaid order gives back what it holds. Use a new key.",
    retry: "never",
  },
  not_sold_here: {
    kind: "missing",
    message: "{sku} is not sold here.",
    advice: "Take it out of the order, and use a new key.",
    retry: "never",
  },
  token_missing: {
    kind: "refused",
    message: "{asset} is not there to be used.",
    advice: "It was used already, or was never yours. Ask for a price without it.",
    retry: "never",
  },
  funds_short: {
    kind: "refused",
    message: "There is not enough in {purse}.",
    advice: "Top it up or pay in another way, with a new key for the {keyOf}.",
    retry: "never",
  },
  purse_missing: {
    kind: "refused",
    message: "Nothing can be paid from {purse}: it is not open.",
    advice: "Pay in another way, or ask the shop to open it; with a new key for the {keyOf}.",
    retry: "never",
  },
  money_not_taken: {
    kind: "refused",
    message: "The shop takes no {money} so far.",
    advice: "Ask the shop to open its till for it; the order's key is good then.",
    retry: "later",
  },
  amount_differs: {
    kind: "refused",
    message: "The order costs {total}; {given} were given.",
    advice: "Let the parts of the payment sum to what the order costs.",
    retry: "never",
  },
  already_paid: {
    kind: "refused",
    message: "The order has been paid already.",
    advice: "Nothing was taken this time. To give it back, ask for a refund.",
    retry: "never",
  },
  expired: {
    kind: "refused",
    message: "The order was to be paid until {until}; what it held has been given back.",
    advice: "Order again. Nothing was taken.",
    retry: "never",
  },
  not_possible: {
    kind: "refused",
    message: "An order that is {state} can't be {act}.",
    advice: "Look at how the order stands; docs/reference/order-machine.md has what it takes when.",
    retry: "never",
  },
  quantity_too_large: {
    kind: "refused",
    message: "Line {line}: {asked} are asked for and {left} are left.",
    advice: "Ask for what is left of the line.",
    retry: "never",
  },
  refund_too_large: {
    kind: "refused",
    message: "{asked} are to go back; {left} are left of what was paid.",
    advice: "Give back at most what is left.",
    retry: "never",
  },
  refund_short: {
    kind: "refused",
    message: "There is not enough on {account} to give that back.",
    advice: "Bring it back to the account; then ask again, with a new key for the refund.",
    retry: "never",
  },
  fulfil_short: {
    kind: "refused",
    message: "There is not enough on {account} to deliver that.",
    advice: "Bring back what was taken from it; then ask again, with a new key for the delivery.",
    retry: "never",
  },
  account_closed: {
    kind: "refused",
    message: "{account} is closed, or was never opened.",
    advice: "Open it again; then ask again, with a new key.",
    retry: "never",
  },
  offering_missing: {
    kind: "missing",
    message: "There is no offering {offering}.",
    advice: "Look at its key; it is the one that it was opened with.",
    retry: "never",
  },
  offering_closed: {
    kind: "refused",
    message: "The offering {offering} takes no more bids: its time is over.",
    advice: "Nothing was taken. Look for another offering.",
    retry: "never",
  },
  offering_full: {
    kind: "refused",
    message: "Of the offering {offering} {left} are left.",
    advice: "Bid at most what is left, with a new key; or allow that a bid is cut to it.",
    retry: "never",
  },
  offering_open: {
    kind: "refused",
    message: "The offering {offering} has not been funded so far.",
    advice: "It is settled when its cap is reached or it closes; what needs its money comes then.",
    retry: "later",
  },
  project_missing: {
    kind: "missing",
    message: "There is no account {project} of {asset}.",
    advice: "Open the account that is to get the money first; what is raised goes there.",
    retry: "never",
  },
  payout_missing: {
    kind: "missing",
    message: "The offering {offering} has no payout {payout}.",
    advice: "Look at its key; it is the one that it was asked for with.",
    retry: "never",
  },
  payout_stuck: {
    kind: "refused",
    message:
      "Of the payout {payout} {count} parts could not be paid: {some}. They are on {account}.",
    advice: "Look why these wallets take nothing, and pay their parts from that account by hand.",
    retry: "never",
  },
  provisioned_in_vain: {
    kind: "refused",
    message: "Line {line} of {order}: {quantity} were provisioned that nobody is owed any more.",
    advice:
      "Take them back at the provider by hand, or give provisioning a `release`, and resume the run.",
    retry: "never",
  },
  provisioning_refused: {
    kind: "refused",
    message: "The order took no act of its provisioning: {code}. {why}",
    advice: "Look at the order; retry the run once it takes it.",
    retry: "never",
  },
  tokens_stay: {
    kind: "refused",
    message: "Coupons and points stay used: the order would be {state} and not refunded.",
    advice: "Call off all that is due of an order of which nothing was delivered; or leave it out.",
    retry: "never",
  },
  busy: {
    kind: "unavailable",
    message: "So much happened to the order that this found no place.",
    advice: "Nothing was done. Send the same again.",
    retry: "same_request",
  },
});
