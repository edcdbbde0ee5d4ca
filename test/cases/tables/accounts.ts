/** Reasons 56 to 66: assets, and what happens to accounts. */
export const accountTables = {
  "defines assets once, with the policy they began with": `
asset EUR/2                                                -> created
asset EUR/2                                                -> exists
asset EUR/2 refusals=forever                               -> exists
asset EUR/2 refusals=window                                -> asset_exists_with_different_refusals
asset STOCK/0                                              -> asset_exists_with_different_refusals
asset STOCK/0 refusals=window                              -> exists
asset EUR/2 refusals=sometimes                             -> refusal_policy_malformed
asset EUR/2 refusals=js:true                               -> refusal_policy_malformed
asset EUR                                                  -> asset_malformed
asset EUR/19                                               -> asset_malformed
asset _                                                    -> asset_malformed
asset js:7                                                 -> asset_malformed
asset EUR·/2                                             -> asset_malformed
asset EUR/3                                                -> created
asset eur/2                                                -> created
asset E/0                                                  -> created
asset BANK·CHARGES/0                                     -> created
asset SKU:85123A/0                                         -> created
asset W/18                                                 -> created
asset N*63/2                                               -> created
asset N*64/2                                               -> asset_malformed
`,
  "opens accounts once, with the side and bound they began with": `
open CNY/2 user/3 credit                                   -> created
open CNY/2 user/3 credit                                   -> exists
open CNY/2 user/3 credit bound=0                           -> exists
open CNY/2 user/3 debit                                    -> account_exists_with_different_side
open CNY/2 user/3 credit bound=1                           -> account_exists_with_different_bound
open CNY/2 user/3 credit bound=none                        -> account_exists_with_different_bound
open USD/2 user/3 debit                                    -> created
open CNY/2 user/2 credit bound=5000                        -> exists
open CNY/2 user/2 credit                                   -> account_exists_with_different_bound
bound b CNY/2 user/3 700                                   -> created
open CNY/2 user/3 credit                                   -> exists
open CNY/2 user/3 credit bound=700                         -> account_exists_with_different_bound
close k CNY/2 user/3                                       -> created
open CNY/2 user/3 credit                                   -> exists
open CNY/2 user/4 credit bound=max                         -> created
open CNY/2 1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16 credit   -> created
open CNY/2 a._:@+- credit                                  -> created
open CNY/2 u*200 credit                                    -> created
open CNY/2 user/5 credit id=named                          -> created
open CNY/2 user/5 credit                                   -> exists
open CNY/2 user/5 credit id=other                          -> exists
transfer other CNY/2 bank user/5 1                         -> created
`,
  "refuses account events that can't be": `
open CNY user/3 credit                                     -> asset_malformed
open EUR/2 user/3 credit                                   -> asset_missing
asset EUR/2                                                -> created
open EUR/2 user/3 credit                                   -> created
open CNY/2 _ credit                                        -> account_path_malformed
open CNY/2 a//b credit                                     -> account_path_malformed
open CNY/2 a/.. credit                                     -> account_path_malformed
open CNY/2 u*201 credit                                    -> account_path_malformed
open CNY/2 user/3 _                                        -> side_malformed
open CNY/2 user/3 both                                     -> side_malformed
open CNY/2 user/3 js:1                                     -> side_malformed
open CNY/2 user/3 credit bound=-1                          -> bound_malformed
open CNY/2 user/3 credit bound=max+1                       -> bound_malformed
open CNY/2 user/3 credit bound=js:5                        -> bound_malformed
open CNY/2 user/3 credit bound=js:null                     -> bound_malformed
asset EUR/2 refusals=js:null                               -> refusal_policy_malformed
open CNY/2 user/3 credit bound=never                       -> bound_malformed
bound a CNY user/1 5                                       -> asset_malformed
bound a CNY/2 a//b 5                                       -> account_path_malformed
bound a CNY/2 user/1 _                                     -> bound_malformed
bound a CNY/2 user/1 -1                                    -> bound_malformed
bound a CNY/2 user/1 js:5                                  -> bound_malformed
bound a CNY/2 user/1 js:null                               -> bound_malformed
close a CNY/2 js:7                                         -> account_path_malformed
reopen a CNY user/1                                        -> asset_malformed
bound m1 EUR/3 user/1 5                                    -> asset_missing
close m2 EUR/3 user/1                                      -> asset_missing
reopen m3 EUR/3 user/1                                     -> asset_missing
bound m4 CNY/2 nobody 5                                    -> account_missing
close m5 CNY/2 nobody                                      -> account_missing
reopen m6 CNY/2 nobody                                     -> account_missing
close m7 CNY/2 supplier                                    -> account_missing
bound m8 CNY/2 shut 5                                      -> account_closed
close m9 CNY/2 shut                                        -> account_closed
reopen m10 CNY/2 user/1                                    -> account_not_closed
reopen m10 CNY/2 shut                                      -> id_already_failed(account_not_closed)
reopen a CNY/2 shut                                        -> created
`,
  "never puts a bound above what is owed already": `
transfer t CNY/2 user/2 bank 3000                          -> created
bound b1 CNY/2 user/2 2999                                 -> bound_below_balance
bound b2 CNY/2 user/2 3000                                 -> created
transfer u CNY/2 user/2 bank 1                             -> debit_account_exceeds_bound
bound b3 CNY/2 user/2 none                                 -> created
transfer v CNY/2 user/2 bank 999999                        -> created
bound b4 CNY/2 user/2 0                                    -> bound_below_balance
pending p CNY/2 user/1 user/2 10000                        -> created
bound b5 CNY/2 user/1 0                                    -> created
bound b6 CNY/2 bank 0                                      -> bound_below_balance
bound b6b CNY/2 shop 0                                     -> created
bound b7 CNY/2 user/1 max                                  -> created
transfer w CNY/2 user/1 bank 5                             -> created
bound b8 CNY/2 user/1 4                                    -> bound_below_balance
void x p                                                   -> created
bound b9 CNY/2 user/1 4                                    -> created
bound b1 CNY/2 user/2 0                                    -> id_already_failed(bound_below_balance)
sums CNY/2 user/1 0 5 0 10000
`,
  "answers the first of several reasons: account events and assets": `
asset CNY refusals=never                                   -> refusal_policy_malformed
asset CNY/2 refusals=never id=~a                           -> id_malformed
close ~a CNY/2 a//b                                        -> id_malformed
asset CNY/2 refusals=never                                 -> refusal_policy_malformed
transfer t CNY/2 user/2 bank 3000                          -> created
open CNY a//b both                                         -> account_path_malformed
open CNY user/9 both                                       -> side_malformed
open CNY user/9 credit                                     -> asset_malformed
open EUR/2 a//b both                                       -> account_path_malformed
open CNY/2 a//b both                                       -> account_path_malformed
open CNY/2 user/1 both bound=-1                            -> side_malformed
open CNY/2 user/1 debit bound=-1                           -> bound_malformed
open CNY/2 user/1 debit bound=7                            -> account_exists_with_different_side
bound a CNY/2 a//b -1                                      -> account_path_malformed
bound a CNY/2 shut -1                                      -> bound_malformed
bound a CNY/2 nobody -1                                    -> bound_malformed
bound b1 EUR/2 nobody 5                                    -> asset_missing
bound b3 EUR/2 a//b -1                                     -> account_path_malformed
bound b3 EUR/2 nobody -1                                   -> bound_malformed
bound b3 EUR/2 nobody 1                                    -> asset_missing
bound b3 CNY/2 user/1 1                                    -> id_already_failed(asset_missing)
open EUR/2 a//b both bound=-1 id=o1                        -> account_path_malformed
open EUR/2 user/9 both bound=-1 id=o1                      -> side_malformed
open EUR/2 user/9 debit bound=js:5 id=o2                   -> bound_malformed
open EUR/2 user/9 debit id=o2                              -> asset_missing
open CNY/2 user/9 credit id=o2                             -> id_already_failed(asset_missing)
close k2 EUR/2 a//b                                        -> account_path_malformed
close k2 EUR/2 nobody                                      -> asset_missing
close k CNY/2 user/2                                       -> created
bound b2 CNY/2 user/2 5                                    -> account_closed
`,
};
