update delivery set channel = :channel where channel = :former;
