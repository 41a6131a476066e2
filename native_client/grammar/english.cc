#include "grammar/english.h"

namespace ds {

const char kEnglish[] = R"(#JSGF V1.0;
grammar en;

// Numbers. {+N} adds N, {*N} multiplies what was said last.
public <digit> = (zero | oh | o) {+0} | <one_to_nine>;
<one_to_nine> = one {+1} | two {+2} | three {+3} | four {+4} | five {+5} | six {+6} | seven {+7}
              | eight {+8} | nine {+9};
<teen> = ten {+10} | eleven {+11} | twelve {+12} | thirteen {+13} | fourteen {+14} | fifteen {+15}
       | sixteen {+16} | seventeen {+17} | eighteen {+18} | nineteen {+19};
<ten> = twenty {+20} | thirty {+30} | forty {+40} | fifty {+50} | sixty {+60} | seventy {+70}
      | eighty {+80} | ninety {+90};
<below_hundred> = <one_to_nine> | <teen> | <ten> [<one_to_nine>];
<hundreds> = (a {+1} | <one_to_nine>) hundred {*100} [[and] <below_hundred>];
<below_thousand> = <below_hundred> | <hundreds>;
<thousands> = (a {+1} | <below_thousand>) thousand {*1000} [[and] <below_thousand>];
// 0 to 999,999
public <number> = zero {+0} | <below_thousand> | <thousands>;
public <percent> = <number> percent;

public <ordinal> = first {+1} | second {+2} | third {+3} | <ten> (first {+1} | second {+2}
                 | third {+3} | <fourth_to_ninth>) | <fourth_to_ninth> | tenth {+10}
                 | eleventh {+11} | twelfth {+12} | thirteenth {+13} | fourteenth {+14}
                 | fifteenth {+15} | sixteenth {+16} | seventeenth {+17} | eighteenth {+18}
                 | nineteenth {+19} | twentieth {+20} | thirtieth {+30} | fortieth {+40}
                 | fiftieth {+50} | sixtieth {+60} | seventieth {+70} | eightieth {+80}
                 | ninetieth {+90};
<fourth_to_ninth> = fourth {+4} | fifth {+5} | sixth {+6} | seventh {+7} | eighth {+8}
                  | ninth {+9};

// Dates and times are what was said.
<unit> = one | two | three | four | five | six | seven | eight | nine;
<ten_to_nineteen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen
                  | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<to_ninety_nine> = <unit> | <ten_to_nineteen> | <tens> [<unit>];
<first_to_ninth> = first | second | third | fourth | fifth | sixth | seventh | eighth | ninth;
public <weekday> = monday | tuesday | wednesday | thursday | friday | saturday | sunday;
public <month> = january | february | march | april | may | june | july | august | september
               | october | november | december;
<day_of_month> = [twenty] <first_to_ninth> | tenth | eleventh | twelfth | thirteenth | fourteenth
               | fifteenth | sixteenth | seventeenth | eighteenth | nineteenth | twentieth
               | thirtieth | thirty first;
public <year> = (nineteen | twenty) (<ten_to_nineteen> | <tens> [<unit>] | (oh | o) <unit>
              | hundred) | (nineteen hundred | two thousand) [[and] <to_ninety_nine>];
public <date> = [<weekday>] [the] <day_of_month> [of] <month> [<year>]
              | [<weekday>] <month> [the] <day_of_month> [<year>]
              | [next | last | this] <weekday> | today | tomorrow | yesterday
              | [<weekday>] the <day_of_month>;
<hour> = <unit> | ten | eleven | twelve;
<minute> = (oh | o) <unit> | <ten_to_nineteen> | (twenty | thirty | forty | fifty) [<unit>];
public <time> = <hour> [<minute>] [o'clock] [a m | p m]
              | (half | [a] quarter | <to_ninety_nine> [minutes]) (past | to) <hour>
              | noon | midnight;
)";

}  // namespace ds
