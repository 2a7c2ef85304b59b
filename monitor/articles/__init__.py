"""From a page to an article, and the choice between what the page and the feed give. Pure: no clock, no socket."""
