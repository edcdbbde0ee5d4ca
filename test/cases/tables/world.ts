/**
 * The small world that every table starts in. Bank may go as low as it likes; users hold what they
 * have; a shop stands on the debit side; nobody has anything yet but user/1, who has 100.00.
 */
export const world = `
asset CNY/2                                        -> created
asset USD/2                                        -> created
asset STOCK/0 refusals=window                      -> created
open CNY/2 bank debit bound=none                   -> created
open CNY/2 user/1 credit                           -> created
open CNY/2 user/2 credit bound=5000                -> created
open CNY/2 shop debit                              -> created
open CNY/2 till credit                             -> created
open CNY/2 shut credit                             -> created
open CNY/2 shut/too credit                         -> created
open USD/2 bank debit bound=none                   -> created
open USD/2 user/1 credit                           -> created
open STOCK/0 supplier credit bound=none            -> created
open STOCK/0 shelf credit                          -> created
close w-shut CNY/2 shut                            -> created
close w-shut-too CNY/2 shut/too                    -> created
transfer w-fund CNY/2 bank user/1 10000            -> created
transfer w-goods STOCK/0 supplier shelf 10         -> created
`;
