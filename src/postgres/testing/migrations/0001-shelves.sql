-- A second, tiny room that exists in tests only: shelves with so many things on them, and a version
-- that every change raises. It uses the lane as any room does.
create table test_shelf (
  name     text collate "C" not null,
  quantity int8 not null,
  version  int4 not null,
  constraint test_shelf_pkey primary key (name),
  constraint test_shelf_is_not_short check (quantity >= 0)
);
