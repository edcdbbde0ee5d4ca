/** Reasons 1 to 10: what is wrong with a request whatever the books say. None of them burns its id. */
export const requestTables = {
  "refuses what is wrong with the request itself, and leaves its id free": `
posted a CNY/2 bank user/1 1                               -> kind_unknown
transfers a CNY/2 bank user/1 1                            -> kind_unknown
TRANSFER a CNY/2 bank user/1 1                             -> kind_unknown
expire a CNY/2 bank user/1 1                               -> kind_unknown
transfer a CNY/2 bank user/1 1 kind=js:5                   -> kind_unknown
transfer _ CNY/2 bank user/1 1                             -> id_malformed
transfer js:"" CNY/2 bank user/1 1                         -> id_malformed
transfer js:5 CNY/2 bank user/1 1                          -> id_malformed
transfer js:null CNY/2 bank user/1 1                       -> id_malformed
transfer a*65 CNY/2 bank user/1 1                          -> id_malformed
transfer a·b CNY/2 bank user/1 1                         -> id_malformed
transfer ~open/1 CNY/2 bank user/1 1                       -> id_malformed
transfer -a CNY/2 bank user/1 1                            -> id_malformed
transfer .a CNY/2 bank user/1 1                            -> id_malformed
transfer /a CNY/2 bank user/1 1                            -> id_malformed
transfer 单号 CNY/2 bank user/1 1                          -> id_malformed
transfer a CNY/2 bank user/1 _                             -> amount_malformed
transfer a CNY/2 bank user/1 js:5                          -> amount_malformed
transfer a CNY/2 bank user/1 js:1.5                        -> amount_malformed
transfer a CNY/2 bank user/1 js:"5"                        -> amount_malformed
transfer a CNY/2 bank user/1 js:null                       -> amount_malformed
transfer a CNY/2 bank user/1 js:nan                        -> amount_malformed
transfer a CNY/2 bank user/1 -1                            -> amount_negative
transfer a CNY/2 bank user/1 -9223372036854775809          -> amount_negative
transfer a CNY/2 bank user/1 max+1                         -> amount_too_large
transfer a CNY/2 bank user/1 99999999999999999999999999    -> amount_too_large
transfer a CNY/2 bank user/1 1 code=-1                     -> code_malformed
transfer a CNY/2 bank user/1 1 code=1.5                    -> code_malformed
transfer a CNY/2 bank user/1 1 code=2147483648             -> code_malformed
transfer a CNY/2 bank user/1 1 code=js:"7"                 -> code_malformed
transfer a CNY/2 bank user/1 1 code=js:nan                 -> code_malformed
transfer a CNY/2 bank user/1 1 reference=r*129             -> reference_malformed
transfer a CNY/2 bank user/1 1 reference=js:""             -> reference_malformed
transfer a CNY/2 bank user/1 1 reference=js:7              -> reference_malformed
transfer a CNY/2 bank user/1 1 reference=js:"a\\u0000b"    -> reference_malformed
transfer a CNY/2 bank user/1 1 metadata={                  -> metadata_malformed
transfer a CNY/2 bank user/1 1 metadata=js:""              -> metadata_malformed
transfer a CNY/2 bank user/1 1 metadata=js:{"a":1}         -> metadata_malformed
transfer a CNY/2 bank user/1 1 metadata=1*4097             -> metadata_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=1.5             -> effective_at_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=js:nan          -> effective_at_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=9e15            -> effective_at_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=-62135510400001 -> effective_at_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=253402214400001 -> effective_at_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=js:"2010-12-01" -> effective_at_malformed
transfer a CNY/2 bank user/1 1 balancing=all               -> balancing_malformed
transfer a CNY/2 bank user/1 1 balancing=js:true           -> balancing_malformed
transfer a CNY/2 bank user/1 1 balancing=js:["debit"]      -> balancing_malformed
transfer a CNY/2 bank user/1 1 balancing=js:null           -> balancing_malformed
transfer a CNY/2 bank user/1 1                             -> created 1
`,
  "refuses them in posts, voids and account events too": `
pending p CNY/2 user/1 till 500                  -> created 500
post _ p                                         -> id_malformed
post ~expire/1 p                                 -> id_malformed
post a p amount=js:5                             -> amount_malformed
post a p amount=-1                               -> amount_negative
post a p amount=max+1                            -> amount_too_large
post a p code=-1                                 -> code_malformed
post a p reference=r*129                         -> reference_malformed
post a p metadata=nonsense                       -> metadata_malformed
post a p effectiveAt=0.5                         -> effective_at_malformed
void _ p                                         -> id_malformed
void a p amount=js:"500"                         -> amount_malformed
void a p amount=-500                             -> amount_negative
void a p amount=max+1                            -> amount_too_large
void a p code=2147483648                         -> code_malformed
bound _ CNY/2 user/1 5                           -> id_malformed
close _ CNY/2 user/1                             -> id_malformed
reopen _ CNY/2 user/1                            -> id_malformed
open CNY/2 user/9 credit id=~a                   -> id_malformed
open CNY/2 user/9 credit id=js:5                 -> id_malformed
asset EUR/2 id=js:""                             -> id_malformed
void a p                                         -> created 500
`,
  "takes the widest of everything that is allowed": `
transfer a*64 CNY/2 bank user/1 0                          -> created 0
transfer 9._:/@#+- CNY/2 bank user/1 0                     -> created 0
transfer c1 CNY/2 bank user/1 1 code=0                     -> created
transfer c2 CNY/2 bank user/1 1 code=2147483647            -> created
transfer r1 CNY/2 bank user/1 1 reference=r*128            -> created
transfer r2 CNY/2 bank user/1 1 reference=INV/536365#1     -> created
transfer m1 CNY/2 bank user/1 1 metadata=1*4096            -> created
transfer m2 CNY/2 bank user/1 1 metadata={"给":"龙门"}     -> created
transfer m3 CNY/2 bank user/1 1 metadata=null              -> created
transfer e1 CNY/2 bank user/1 1 effectiveAt=0              -> created
transfer e2 CNY/2 bank user/1 1 effectiveAt=-1             -> created
transfer e4 CNY/2 bank user/1 1 effectiveAt=-62135510400000 -> created
transfer e4 CNY/2 bank user/1 1 effectiveAt=-62135510400000 -> exists
transfer e5 CNY/2 bank user/1 1 effectiveAt=253402214400000 -> created
transfer e5 CNY/2 bank user/1 1 effectiveAt=253402214400000 -> exists
transfer e3 CNY/2 bank user/1 1 effectiveAt=1291191960000  -> created
pending t1 CNY/2 user/1 till 1 timeoutMs=3153600000000     -> created
transfer k1 CNY/2 bank user/1 1 kind=_                     -> created
sums CNY/2 user/1 1 0 0 10013
sums CNY/2 till 0 0 1 0
`,
  "answers the first of several reasons: the request itself": `
wrong _ CNY/2 bank user/1 -1                               -> kind_unknown
transfer _ CNY/2 bank user/1 _                             -> id_malformed
transfer ~ CNY/2 bank user/1 -1                            -> id_malformed
transfer ~ CNY/2 bank user/1 max+1                         -> id_malformed
post w-fund nothing amount=js:5                            -> amount_malformed
transfer a CNY/2 bank user/1 js:1.5 code=-1                -> amount_malformed
transfer a CNY/2 bank user/1 -1 code=-1                    -> amount_negative
transfer a CNY/2 bank user/1 max+1 code=-1                 -> amount_too_large
transfer a CNY/2 bank user/1 1 code=-1 reference=r*129     -> code_malformed
transfer a CNY/2 bank user/1 1 reference=r*129 metadata={  -> reference_malformed
transfer a CNY/2 bank user/1 1 metadata={ effectiveAt=0.5  -> metadata_malformed
transfer a CNY/2 bank user/1 1 effectiveAt=0.5 balancing=x -> effective_at_malformed
transfer w-fund CNY/2 bank user/2 1 balancing=x            -> balancing_malformed
transfer a CNY/2 bank bank 1 balancing=x                   -> balancing_malformed
`,
};
