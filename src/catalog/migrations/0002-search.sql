-- compatible
-- What a person types is the beginning of a word; and few products are drafts or withdrawn among many.

-- One index for all words of a search, whole or begun, in the place of the one before, by which nodes of before find
-- words quickly; they find them still.
-- Tokens as lexemes, of which PostgreSQL finds those that begin in some way. What has a `=` is an attribute and no
-- word: with another `=` before it nobody finds it by its beginning.
create function catalog_found_by(tokens text[]) returns tsvector
  language sql immutable strict parallel safe
  return array_to_tsvector(array(
    select case when position('=' in token) > 0 then '=' || token else token end
    from unnest(tokens) as token));
create index catalog_item_found_by on catalog_item
  using gin (catalog_found_by(tokens)) with (fastupdate = off) where kind = 3;
drop index catalog_item_tokens;

create index catalog_item_states on catalog_item (shelf, state, number);
