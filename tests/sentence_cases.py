"""What is a sentence: texts in the manner of news, with "‖" where a new unit begins.

Written by hand before the rules were tuned (`CASES`), and after (`HELD_OUT`, which no rule may be fitted to). Knows
nothing of any splitter.

    "No. 4 won.‖ It rained."  →  text "No. 4 won. It rained.", sentences ["No. 4 won.", "It rained."]
"""

from __future__ import annotations

MARK = "‖"


def unmark(case: str) -> tuple[str, list[str]]:
    """The text of a case without its marks, and the sentences expected of it."""
    return case.replace(MARK, ""), [part.strip() for part in case.split(MARK)]


CASES: dict[str, list[str]] = {
    "plain": [
        "The bridge reopened on Friday.‖ Traffic was light.",
        "Was anyone hurt?‖ No one was.‖ What luck!",
        "Rain fell all night.‖ Two roads closed.‖ 15 homes lost power.",
        "The vote was 7 to 2.‖ In 2019 it had been 5 to 4.",
        "He had nothing left in 2008.‖ A year later he owned the bank.",
        "The team bought an old van.‖ iPhone footage showed it on fire.",
        "The council voted no.‖ We'll appeal, the mayor's office wrote.",
        "Nobody came to help him.‖ Not even his brother.",
        "What?!‖ That was the whole reply.",
    ],
    "titles": [
        "The officer in charge, Col. Ali al-Qureishi, told state television that he held it.‖ He gave no figures.",
        "Sen. Maria Cantwell and Rep. Tom Cole met Gov. Jay Inslee.‖ They spoke for an hour.",
        "Dr. Anne Weber saw Mr. and Mrs. Okafor on Monday.‖ Ms. Lind was away.",
        "The Rev. Paul Stone and Lt. Gen. H. R. McMaster spoke.‖ Prof. Yun did not.",
        "He was met by Capt. James Hook, Sgt. Pepper and Maj. Tom.‖ Nobody smiled.",
        "The road to St. Louis was closed.‖ Mt. Hood was hidden by cloud.",
        "Martin Luther King Jr. spoke there in 1963.‖ Sammy Davis Jr. sang.",
        "He was named after Robert Downey Sr.‖ The family moved in May.",
        "A statement by Atty. Gen. William Barr was read out.‖ It was short.",
    ],
    "companies": [
        "Apple Inc. said sales rose.‖ Shares of Alphabet Inc. fell.",
        "She left Goldman Sachs & Co. in 2011.‖ Ford Motor Co. hired her.",
        "The plant belongs to Acme Corp.‖ The firm denied the report.",
        "He sued Smith Bros. Ltd. and won.‖ It cost him a house.",
        "The buyer was Berkshire Hathaway Inc.‖ Analysts had expected that.",
        "The case is Roe vs. Wade, or Roe v. Wade.‖ It was heard twice.",
        "Apple Inc. Chief Executive Tim Cook declined to comment.‖ A spokesman did too.",
    ],
    "places": [
        "U.S. forces left the base.‖ U.K. troops stayed.",
        "He returned to the U.S. in May.‖ She did not.",
        "They had come from the U.S.‖ The journey took nine days.",
        "U.S. Secretary of State John Kerry flew to Baghdad.‖ He stayed a day.",
        "The U.N. Security Council met.‖ The U.N. said nothing more.",
        "She moved to Washington, D.C., in 1998.‖ He stayed in Palo Alto, Calif., for a while.",
        "The march ended in Washington, D.C.‖ It had begun in Selma, Ala., a week before.",
        "The office is at 12 Main St. in Dover.‖ The shop on Elm Ave. is closed.",
        "Fighting spread across the D.R.C. in March.‖ Aid was cut.",
    ],
    "times": [
        "The blast came at 6 a.m. on Tuesday.‖ Police arrived by 6:20 a.m. and closed the street.",
        "The shop shut at 5 p.m.‖ Police came at six.",
        "It opened at 9 a.m. Monday.‖ Crowds came at once.",
        "Polls close at 8 p.m. EST.‖ Results are due by 10 p.m. GMT.",
        "He was born on Jan. 5, 1961.‖ She was born on Sept. 9.",
        "The law took effect in Dec. 2004.‖ It was repealed in Feb. of that year.",
        "The temple dates from 300 B.C. or so.‖ It was razed in A.D. 410.",
    ],
    "initials": [
        "J. K. Rowling signed books.‖ J.R.R. Tolkien never did.",
        "George W. Bush and John F. Kennedy were presidents.‖ Neither was tall.",
        "The witness, A. Smith, wept.‖ So did B. Jones.",
        "He fought in World War I.‖ The war took his brother.",
        "She earned a Ph.D. in physics.‖ He has an M.D. and a B.A. from Yale.",
        "The vitamin in question is C.‖ It is cheap.",
    ],
    "numbers": [
        "Petrol reached $3.67 per gallon.‖ It had been $3.20.",
        "Version v2.0 came out on Friday.‖ Python 3.11.4 followed.",
        "He finished No. 4 in the race.‖ Nos. 5 and 6 were French.",
        "The bill costs approx. 3.5 million a year.‖ That is 0.2 percent.",
        "See fig. 3 and pp. 14-18 of vol. 2.‖ The rest is in ch. 9.",
        "The sum was 1.200.000 euros.‖ Nobody paid.",
        "The index rose .5 percent.‖ It fell 2.‖ Then it rose again.",
        "The score was 3-2.‖ 40,000 people watched.",
    ],
    "latin": [
        "Some fruits, e.g. apples, kept well.‖ Others, i.e. pears, did not.",
        "They sold bread, cheese, etc. at the gate.‖ It was cheap.",
        "They sold bread, cheese, etc.‖ The queue was long.",
        "The study by Cho et al. was withdrawn.‖ A second one (Lee et al. 2012) stands.",
        "Cf. the earlier report.‖ It says the same.",
        "The dept. of health, est. 1953, closed.‖ Its max. budget was small.",
    ],
    "ellipses": [
        "He paused... and went on.‖ No one spoke.",
        "She waited…‖ Then the door opened.",
        '"Well... I don\'t know," he said.‖ He left.',
        'The letter said "the president ... must go" and no more.‖ It was unsigned.',
        "He wrote that the war . . . was lost.‖ It was.",
        "They waited and waited....‖ Nobody came.",
    ],
    "quotations": [
        "Asked about Iran, Kerry said: \"No. We're not sitting around. That's not on the table,\" he added.‖ He left.",
        '"We are ready. We have been for weeks," the general said.‖ He gave no date.',
        "“It is over. We lost,” she said.‖ “We will be back.”",
        "He was blunt: “It is over. We lost.”‖ The crowd went home.",
        "“Is it true?” she asked.‖ It was.",
        '"Stop!" Kerry said.‖ Nobody did.',
        '"Who did this?" the judge asked.‖ "I did," said the man.',
        '"I don\'t know."‖ The minister turned away.',
        "The general said the war was “not over.”‖ He would not say more.",
        "The sign read 'Keep out.'‖ They went in.",
        "‘No. We won’t do that,’ Mr. Pym said.‖ ‘Ever.’",
        'She called it "a mess."‖ "A total mess," her brother agreed.',
        '"We\'ll see," he said.‖ "It is early."‖ It was late.',
        'The word "no." was all he said.‖ It was enough.',
    ],
    "closers": [
        "(The minister resigned in May.)‖ A successor was named.",
        "He left (it was raining).‖ She stayed (she had a coat.)‖ They never met again.",
        "The tower fell in 1902.[4]‖ It was rebuilt in 1912.[5][6]‖ It stands.",
        "(Reporting by A. Khan. Editing by B. Jones.)‖ All rights reserved.",
        "The firm (formerly Acme Inc.) closed.‖ Its staff (all 40 of them!) left.",
        "It was over [he said.]‖ Nobody clapped.",
    ],
    "web": [
        "Visit www.example.com for more.‖ The address is info@example.co.uk.‖ Write soon.",
        "The page https://example.com/a.b?c=d.e! was gone.‖ So was index.html.",
        "Yahoo! said profits rose.‖ Yahoo! Finance carried the story.",
        "Amazon.com Inc. opened a shop.‖ Booking.com did not.",
        "Open notes.txt and run setup.py first.‖ Then read README.md.",
        "Node.js and ASP.NET were used.‖ The site crashed.",
        "She hosts Jeopardy! on weekdays.‖ He watches it.",
        "The post ended with #help.‖ @police answered.",
        "The siege ended.‖The army withdrew.‖ It was dark.",
    ],
    "lists": [
        "1. First the roof fell.‖\n2. Then the wall fell.‖\n3. Nobody was hurt.",
        "1. Roofs‖\n2. Walls‖\n3. Floors",
        "The dead include:‖\n- two nurses‖\n- a driver‖\n- three children",
        "• Schools are shut.‖\n• Shops are open.",
        "a) The plaintiff lost.‖\nb) The defendant won.",
        "Three things went wrong.‖ 1) The pump failed.‖ 2) The alarm was off.",
        "* He came, and\n  he saw the town.‖\n* She left.",
    ],
    "lines": [
        "Battle for oil‖\n\nThe army claimed the town.‖ It had fallen on Monday.",
        "Battle for oil‖\nThe army claimed on Wednesday that it had retaken the town from the rebels.‖ It had not.",
        "Kerry weighs Iran talks‖\n\nBy Jane Roe‖\n\nBAGHDAD — The talks may begin in May.",
        "The army said on Wednesday that it had retaken the town of\nTal Afar, near the border with Syria, from the"
        " rebels after\ntwo days of fighting.‖ It gave no figures, and the witnesses\nwho spoke gave none.",
        "The first paragraph has no stop at its end‖\n\nThe second one has.",
        "He was met by Dr.\nWeber at the gate.‖ They shook hands and went into the\nhouse together.",
        "The talks ended in the U.S.‖\n\nForces on the ground fought on.",
        "## Background‖\nThe war began in 2003 and went on for eight years, by most counts.",
        "Who won?‖\n\nNobody did.‖\r\n\r\nThat was the verdict.",
        "Contact‖\nPress office‖\nTel. 555 0100",
    ],
    "scripts": [
        "他说要去北京。‖她没有去！‖为什么？‖没人知道。",
        "「行こう。」と彼は言った。‖雨が降っていた。",
        "他说：“我们走吧。”‖然后他离开了。",
        "¿Quién ganó?‖ Nadie ganó.‖ ¡Qué lástima!",
        "Москва молчала.‖ Никто не ответил.",
        "هل فاز أحد؟‖ لم يفز أحد.",
        "वह घर गया।‖ उसने खाना खाया।",
        "Élise est partie.‖ À midi, il pleuvait.",
        "Er kam am Montag.‖ Über Nacht fiel Schnee.",
    ],
}

# Written after the rules; no rule has been changed on their account.
HELD_OUT: list[str] = [
    "Ald. Rosa Diaz, D-Chicago, voted against it.‖ The measure passed 31-18.",
    "Adm. Michelle Howard addressed the cadets at 0800 hrs. on Thursday.‖ The U.S.S. Cole lay at anchor.",
    "The company's Nasdaq listing (ticker: ACME.O) was suspended.‖ Trading resumed at 2:15 p.m. ET.",
    "“Who pays for all this?” Mayor Lena Ortiz asked the council.‖ Nobody answered her.",
    "“We have no plan B,” said Gov. Dan Reyes.‖ “There is no planet B.”",
    "Asked whether he would run, the senator laughed.‖ “Ask me in January. Or ask my wife.”‖ Then he left the stage.",
    "Profit rose to €1.2bn in the 12 months to Sept. 30.‖ Sales were flat at 4.05 bn.",
    "He lives at 1600 Pennsylvania Ave. NW.‖ She lives across the street.",
    "The ruling, Smith v. Jones, runs to 84 pp.‖ Its author is Justice Samuel A. Alito Jr.",
    "More than 3,000 people fled to the D.R. Congo.‖ Aid agencies, incl. Oxfam, warned of cholera.",
    'The suspect, identified as "Mr. X," pleaded not guilty.‖ His lawyer, J. P. Marsh, declined to comment.',
    "What do we know?‖ Very little, said Dr. Amy Chen of St. Jude's Hospital.",
    "It was, he said, “a good day. A very good day.”‖ Few agreed.",
    "Key points‖\n\n• The strait is closed to tankers‖\n• Oil rose 4.5%‖\n• Talks resume on Monday",
    "LONDON (Reuters) - Britain's FTSE 100 fell 0.8% on Tuesday.‖ BP Plc. led the decline.",
    "The storm, a Category 4, hit at 3 a.m.‖ Winds reached 140 m.p.h. in places.",
    "Prices vary: tea costs approx. £2.50, coffee £3.‖ Cake is extra!‖ (Ask for a slice.)",
    "The treaty was signed in 1648... or so the plaque says.‖ Historians disagree.",
    "See https://news.example.org/2024/05/a-b.html for details.‖ Contact: press@example.org.",
    "\"I told them: 'Leave now.' They did not,\" the captain said.‖ Nine people drowned.",
    "She was born in Springfield, Ill.‖ Her father ran a store there.",
    "Is the E.U. ready?‖ “Not yet,” the E.U. Commission said.",
    "Gen. Abdel Fattah el-Sisi spoke for 40 min. without notes.‖ The crowd chanted, “Enough!” and left.",
    "Correction: An earlier version misspelled a name.‖ It is Jon, not John.",
    "The minister resigned on Friday, a day after the report was published in full on the\nwebsite of the"
    " Ministry of Justice, and left the capital by train for\nhis home.‖ He has not been seen since.",
]
