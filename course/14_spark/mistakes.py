"""Wrong answers that learners give in lesson 14."""

from sparkeras.course.exercise import Mistake

LOWS = 'lows = months.filter(lambda m: m[4] != "---").map(lambda m: (m[0], float(m[4].rstrip("*#"))))\n'


HIGHS = 'highs = recipe.filter(lambda m: m[3] != "---").map(lambda m: float(m[3].rstrip("*#")))'


SUMS = 'sums = votes.where("year = 2020").groupBy("state", "party").agg(F.sum("votes").alias("votes"))\n'


BEST = 'best = sums.groupBy("state").agg(F.max_by("party", "votes").alias("party"))\n'


WON = 'won = {row["party"]: row["count"] for row in best.groupBy("party").count().collect()}'


MISTAKES = {
    "14.1": (
        Mistake("cut at blanks", "return line.lower().split()", "Punctuation"),
        Mistake("capitals kept", 'return re.findall(r"[A-Za-z\']+", line)', "capital"),
        Mistake("empty words", 'return re.split(r"[^a-z\']+", line.lower())', "empty string"),
        Mistake("letters alone", 'return re.findall(r"[a-z]+", line.lower())', "an apostrophe belongs"),
    ),
    "14.2": (
        Mistake("a mean of means", "return (a[0] + b[0]) / 2, a[1] + b[1]", "not a sum any more"),
        Mistake("one more row", "return a[0] + b[0], a[1] + 1", "many rows"),
        Mistake("pairs joined", "return a + b", "joins two tuples"),
        Mistake("divided at once", "return (a[0] + b[0]) / (a[1] + b[1])", "divide at the very end"),
    ),
    "14.3": (
        Mistake(
            "texts compared",
            'lows = months.filter(lambda m: m[4] != "---").map(lambda m: (m[0], m[4]))\n'
            "coldest = lows.reduceByKey(min).collectAsMap()",
            "As text",
        ),
        Mistake("the warmest", LOWS + "coldest = lows.reduceByKey(max).collectAsMap()", "highest of the minima"),
        Mistake(
            "the other column",
            LOWS.replace("m[4]", "m[3]") + "coldest = lows.reduceByKey(min).collectAsMap()",
            "maxima of the days",
        ),
        Mistake("nothing reduced", LOWS + "coldest = lows.collectAsMap()", "last month"),
    ),
    "14.4": (
        Mistake(
            "no cache",
            f"{HIGHS}\nnumber, warmest, mean_high = highs.count(), highs.max(), highs.mean()",
            "once per action",
        ),
        Mistake(
            "a late cache",
            f"{HIGHS}\nnumber = highs.count()\nhighs.cache()\nwarmest, mean_high = highs.max(), highs.mean()",
            "too late",
        ),
        Mistake(
            "zeros for gaps",
            'highs = recipe.map(lambda m: float(m[3].rstrip("*#").replace("---", "0"))).cache()\n'
            "number, warmest, mean_high = highs.count(), highs.max(), highs.mean()",
            "not measured",
        ),
    ),
    "14.5": (
        Mistake("rows dropped", 'votes = first_try.dropna(subset=["votes"])', "are lost"),
        Mistake("zeros filled in", "votes = first_try.fillna(0)", "still moved"),
        Mistake(
            "a header that is none",
            "votes = spark.read.csv(elections_file, schema=SCHEMA, escape='\"', header=True)",
            "has no header",
        ),
        Mistake(
            "no names", "votes = spark.read.csv(elections_file, inferSchema=True, escape='\"')", "names of its columns"
        ),
    ),
    "14.6": (
        Mistake(
            "all votes added up",
            SUMS + 'won = {row[0]: row[1] for row in sums.groupBy("party").sum("votes").collect()}',
            "sums of votes",
        ),
        Mistake("no year", SUMS.replace('.where("year = 2020")', "") + BEST + WON, "of all years"),
        Mistake("rows counted", SUMS + "best = sums\n" + WON, "where a party stood"),
    ),
}
