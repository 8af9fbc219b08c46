// Package dialect names the ways in which one Intercom workspace differs from
// the next, or from what is written about it. A sandbox speaks none of them
// unless it is told to. A mixture is drawn by all-mixed=SEED; of dialects that
// answer the same question it holds one at most.
//
// The truth that a sandbox tells is that of a right reader: what a dialect
// writes in another form it tells in the plain one, and what a dialect leaves
// no reader to know (a value that may be read in two ways, a row id that is
// empty) it tells as it stands in the export.
//
//   - prefix-conversation: Intercom's own attributes have the prefix conversation, whatever they are about.
//   - prefix-ticket: Intercom's own attributes have the prefix ticket.
//   - prefix-system: Intercom's own attributes have the prefix system.
//   - prefix-company: Intercom's own attributes have the prefix company.
//   - prefix-mixed: Intercom's own attributes have the prefix that their id begins with, of conversation, ticket, company and call; the others system.
//   - prefix-none: Intercom's own attributes have no prefix: qualified_id is the bare id.
//   - time-attribute-qualified: default_time_attribute_id is a qualified id.
//   - time-attribute-unlisted: The last of several datasets' default_time_attribute_id is not among its attributes.
//   - time-attribute-null: default_time_attribute_id is null.
//   - time-attribute-absent: There is no default_time_attribute_id.
//   - time-attribute-new: A dataset is listed that nobody has heard of, and its default_time_attribute_id is null.
//   - qualified-ids-null: qualified_id is null in get_datasets; requests use bare ids.
//   - qualified-ids-absent: get_datasets has no qualified_id; requests use bare ids.
//   - names-null: Names of datasets and attributes are null.
//   - dataset-twice: The first dataset is listed twice.
//   - attribute-twice: The first attribute of each dataset is listed twice.
//   - unknown-dataset: A dataset is listed that nobody has heard of: workflow_step.
//   - unknown-attribute: Every dataset has an attribute that nobody has heard of: standard.brand_new_metric.
//   - attribute-removed: A day after the sandbox was made, the last attribute of datasets with four and more is gone.
//   - type-changes: A day after the sandbox was made, durations are written with their unit, as in 12.5 s.
//   - row-id-twice: One row in sixteen comes twice in an export, with one value different.
//   - status-done: A finished job's status is done.
//   - status-completed: A finished job's status is completed.
//   - status-success: A finished job's status is success.
//   - status-capitals: A job's status is in capitals: COMPLETE.
//   - status-back: A finished job is pending again at the second look, and then complete for good.
//   - job-id-number: A job's identifier is a JSON number.
//   - status-in-progress: A running job's status is in_progress.
//   - status-no-data: A finished job without rows has the status no_data.
//   - long-windows-504: A job of more than two hours fails, reported by HTTP 504 with the job as body.
//   - long-windows-failed: A job of more than six hours ends with the status failed.
//   - long-windows-503: The status of a job of more than six hours is answered with 503, every time.
//   - long-windows-html: The status of a job of more than six hours is answered with 502 and a page of HTML, every time.
//   - jobs-told-by-500: Jobs are reported by HTTP 500 with the job as body, when they are enqueued and at every look.
//   - jobs-told-by-502: Jobs are reported by HTTP 502 with the job as body, when they are enqueued and at every look.
//   - jobs-told-by-504: Jobs are reported by HTTP 504 with the job as body, when they are enqueued and at every look.
//   - url-while-pending: A finished job's status stays pending, with its download_url.
//   - url-403: download_url answers 403; /download/reporting_data/{id} works.
//   - url-404: download_url answers 404; /download/reporting_data/{id} works.
//   - url-late: A finished job has no download_url in the first two answers.
//   - url-empty: A finished job has no download_url.
//   - redirected: A download is answered with a redirect on the same host.
//   - redirected-elsewhere: A download is answered with a redirect to another host, which refuses the token.
//   - result-late: The first two downloads of a finished job are answered with 404.
//   - empty-zero-bytes: An export without rows has zero bytes.
//   - empty-newline: An export without rows is one newline.
//   - empty-once: The first export of each dataset that has rows comes as zero bytes, once.
//   - empty-once-newline: The first export of each dataset that has rows comes as one newline, once.
//   - empty-once-header: The first export of each dataset that has rows comes as a header alone, once.
//   - ends-start-only: Rows at exactly end_time are left out of an export.
//   - ends-end-only: Rows at exactly start_time are left out of an export.
//   - ends-neither: Rows at exactly start_time and end_time are left out of an export.
//   - packed-plain: A download is CSV, never compressed.
//   - packed-gzip: A download is the bytes of a .gz file.
//   - packed-tgz: A download is the bytes of a .tgz file with two CSV files.
//   - packed-zip: A download is the bytes of a .zip file with two CSV files.
//   - packed-mislabelled: A download is CSV, and its Content-Encoding says gzip.
//   - packed-twice: A download is gzip within gzip.
//   - packed-members: A download is the bytes of a .gz file of several members.
//   - packed-padded: A download is the bytes of a .gz file with zeros after its end.
//   - packed-trailing: A download is the bytes of a .gz file with other bytes after its end.
//   - packed-cut: A download is the bytes of a .gz file without the last twelve.
//   - packed-short: A download ends a byte before its Content-Length.
//   - packed-tgz-reversed: A download is a .tgz file with two CSV files, the second's columns in another order.
//   - byte-order-mark: Each CSV file begins with a UTF-8 byte order mark.
//   - columns-reversed: The columns of a CSV come in another order than they were asked for.
//   - column-extra: A CSV has one column more than was asked for.
//   - header-spaces: Names in a CSV's header have spaces around them.
//   - header-again: A CSV is several files joined: the header comes again after every forty rows.
//   - no-last-newline: A CSV's last line has no newline.
//   - row-id-empty: One row in thirty-two has an empty row id.
//   - text-lines: One row in eight has a text of several lines, with commas and quotes.
//   - text-quotes: One row in eight has a text with quotes in it, and none around it.
//   - text-nul: One row in eight has a NUL in a text.
//   - crlf: Lines end in CR LF.
//   - lines-cr: Lines end in CR.
//   - separator-semicolon: Semicolons separate the columns.
//   - separator-tab: Tabs separate the columns.
//   - header-again-reversed: A CSV is several files joined: the header comes again after every forty rows, the columns the other way round.
//   - quote-open: A CSV ends within quotes.
//   - utf-16: A CSV is UTF-16, the low byte first, and says so.
//   - header-qualified: A CSV's header has qualified ids.
//   - header-names: A CSV's header has display names.
//   - times-minutes: Times are written without seconds: 2026-11-24 09:00.
//   - times-utc: Times are written in UTC and say so: 2026-11-24 09:00:00 UTC.
//   - times-+0000: Times are written in UTC: 2026-11-24 09:00:00 +0000.
//   - times-+00:00: Times are written in UTC: 2026-11-24T09:00:00+00:00.
//   - times-z: Times are written in UTC: 2026-11-24T09:00:00Z.
//   - times-t: Times have a T and no zone: 2026-11-24T09:00:00.
//   - times-am-pm: Times are written by the twelve-hour clock: 2026-11-24 09:00:00 AM.
//   - times-date: Times are dates alone: 2026-11-24.
//   - times-epoch-s: Times are seconds since 1970.
//   - times-epoch-ms: Times are milliseconds since 1970.
//   - times-epoch-us: Times are microseconds since 1970.
//   - times-decimals: Times have decimals: 2026-11-24 09:00:00.987.
//   - zone-utc: Times without a zone are in UTC, whatever /me says.
//   - zone-other: Times without a zone are in Tokyo's, whatever /me says.
//   - decimal-comma: Numbers have a decimal comma: 12,5.
//   - thousands: Numbers from a thousand on have separators: 1,234.
//   - fraction-in-count: One row in eight has a fraction in its columns of counts: 3.5.
//   - rows-cut: An export ends after 100,000 rows as if that were all.
//   - order-moves: People are updated while lists are paged: pages repeat three items, and the second page ever asked for skips two.
//   - segments-paged: GET /segments has pages of three.
//   - tags-paged: GET /tags has pages of five.
//   - contact-tags-paged: A contact's tags have pages of five.
//   - ids-numbers: Ids that are digits come as JSON numbers.
//   - items-twice: The first item of every list comes twice.
//   - half-surrogates: Names and attributes of people hold half of a surrogate pair.
//   - nul: Names and attributes of people hold NUL.
//   - people-times-ms: Times of people, companies and segments are milliseconds.
//   - people-times-us: Times of people, companies and segments are microseconds.
//   - people-times-digits: Times of people, companies and segments are digits in a string.
//   - people-times-text: Times of people, companies and segments are RFC 3339 in a string.
//   - people-times-garbage: One time in three of people, companies and segments is no time at all.
//   - lists-data: Every list is an object with data.
//   - lists-named: Every list of tags or segments is an object with tags or segments.
//   - lists-array: Every list of tags or segments is an array, and a contact's tags are all there.
//   - lists-null: Empty lists are null.
//   - has-more-text: has_more is a string.
//   - has-more-number: has_more is 1 or 0.
//   - segments-company-refused: GET /segments refuses the parameter type.
//   - segments-company-hidden: The segments of companies are in no list; only companies name them.
//   - segments-company-needed: GET /segments has the segments of companies only with type=company.
//   - segment-search-404: The search for the first segment's contacts answers 404, though the segment is there.
//   - segment-search-gone: The search for the first segment's contacts answers 404, and the segment is gone from then on.
//   - segment-search-400: The search for the first segment's contacts answers 400: it is none of contacts.
//   - pages-too-large-500: A page of more than twenty is answered with 500.
//   - pages-too-large-502: A page of more than twenty is answered with 502.
//   - pages-too-large-503: A page of more than twenty is answered with 503.
//   - pages-too-large-504: A page of more than twenty is answered with 504.
//   - total-count-null: total_count is null.
//   - total-count-absent: There is no total_count.
//   - total-count-10000: total_count is 10000 whatever there is.
//   - scroll-end-404: The scroll over companies ends by 404.
//   - scroll-end-repeats: The scroll over companies ends by the same page again.
//   - scroll-none: There is no scroll over companies; the list of them has all.
//   - scroll-open: A scroll over companies is open elsewhere the first three times.
//   - scroll-open-bare: A scroll over companies is open elsewhere the first three times, answered without the code scroll_exists.
//   - scroll-taken: A scroll over companies is always open elsewhere; the list of them has all.
//   - scroll-taken-bare: A scroll over companies is always open elsewhere, answered without the code scroll_exists; the list of them has all.
//   - messages-in-progress: A running export of message data has the status in_progress.
//   - messages-tgz: An export of message data is the bytes of a .tgz file.
//   - messages-times-text: Times in message data are text: 2026-11-24 09:00:00 UTC.
//   - messages-all-time: Message data have all events, whatever range was asked for.
//   - messages-dismisall: The column first_dismissal is called first_dismisall.
//   - messages-shuffled: Receipts and events come in no order, and the first of too many are any.
//   - messages-reversed: The columns of each file of message data come in another order.
//   - messages-extra: The receipts have a column that is not known, and the events have their receipt's columns.
//   - messages-parts: Each file of message data comes in two parts.
//   - messages-gzip: An export of message data is a .gz file of the receipts alone.
//   - messages-no-opens: An export of message data lacks the file of opens.
//   - messages-header-only: An export of message data without messages is completed, with a header alone.
//   - dataset-forbidden-402: An export of the last of several datasets is answered with 402 api_plan_restricted.
//   - dataset-forbidden-403: An export of the last of several datasets is answered with 403 forbidden.
//   - dataset-forbidden-401: An export of the last of several datasets is answered with 401, while all else is answered.
//   - segments-forbidden: Segments take a scope that the token lacks.
//   - tags-forbidden: Tags take a scope that the token lacks.
//   - contacts-forbidden: Contacts take a scope that the token lacks.
//   - admins-forbidden: Teammates and teams take a scope that the token lacks.
//   - deletions-forbidden: The list of deleted conversations takes a scope that the token lacks.
//   - messages-forbidden: The export of message data takes a scope that the token lacks.
//   - companies-forbidden: Companies take a scope that the token lacks.
//   - scope-401: A missing scope is answered with 401.
//   - budget-eaten: Others use up the calls of two in every three ten-second windows.
//   - slots-taken: Others hold four of the five job slots, and in every third minute all of them.
//   - version-needed: A call without an Intercom-Version header is refused, downloads included.
//   - pace-date: One call in five is refused with 429, until a date in Retry-After.
//   - pace-past: One call in five is refused with 429, and X-RateLimit-Reset is over.
//   - pace-ms: X-RateLimit-Reset is in milliseconds, and one call in five is refused with 429.
//   - region-elsewhere: Every call is answered with 403: the workspace is hosted in another region.
package dialect
