// Spanish calls, from both sides of the Atlantic.
import type { Dialogues } from './dialogue.ts';

export const SPANISH: Dialogues = {
  seen: [
    {
      lines: ['agent: ¿Qué día le viene bien?', 'caller: El viernes, por favor.'],
      value: '2026-12-04',
      is: 'supported',
    },
    {
      lines: ['agent: ¿Qué día le viene bien?', 'caller: Probablemente el viernes.'],
      value: '2026-12-04',
      is: 'hedged',
    },
    {
      lines: ['agent: ¿Cuándo pueden venir?', 'caller: El martes. No, mejor el jueves.'],
      value: '2026-12-08',
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuándo pueden venir?', 'caller: El martes. No, mejor el jueves.'],
      value: '2026-12-03',
      is: 'supported',
    },
    {
      lines: ['agent: ¿A las siete de la tarde?', 'caller: A las siete creo que sí, déjeme comprobarlo.'],
      value: '19:00',
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿Tienen mesa a las siete y media de la tarde?',
        'caller: Déjeme ver.',
        'agent: Claro.',
        'caller: Sí, a las siete y media tenemos mesa.',
      ],
      value: '19:30',
      is: 'supported',
    },
    {
      lines: ['agent: ¿Cuál es el número de reserva?', 'caller: Es el 4 7 1 1. Perdón, 4 7 1 2.'],
      value: '4711',
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuál es el número de reserva?', 'caller: Es el 4 7 1 1. Perdón, 4 7 1 2.'],
      value: '4712',
      is: 'supported',
    },
    {
      lines: ['agent: ¿Queda reservado?', 'caller: De momento es solo una reserva provisional.'],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿Queda reservado?',
        'caller: De momento es provisional.',
        'agent: ¿Me lo puede confirmar?',
        'caller: Sí, ya está confirmado.',
      ],
      value: true,
      cites: [1],
      is: 'supported',
    },
    {
      lines: [
        'agent: ¿Podemos ir el sábado?',
        'caller: Sí, se lo apunto.',
        'agent: Estupendo.',
        'caller: Ay, espere, lo siento, el sábado estamos completos.',
      ],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuántos son?', 'caller: Somos cuatro, digo, cinco.'],
      value: 4,
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuánto cuesta la habitación?', 'caller: Creo que son 85 euros.'],
      value: 85,
      is: 'hedged',
    },
    {
      lines: ['agent: ¿Por quién pregunto?', 'caller: Por el señor García. Perdón, quise decir Romero.'],
      value: 'García',
      is: 'retracted',
    },
    {
      lines: [
        'agent: ¿Cuántas habitaciones necesita?',
        'caller: Tres habitaciones.',
        'agent: ¿Con desayuno?',
        'caller: No, pero con 2 plazas de garaje.',
      ],
      value: 3,
      is: 'supported',
    },
    {
      lines: ['agent: Entonces, ¿el miércoles a las diez?', 'caller: Sí, exacto.'],
      value: '2026-12-02',
      is: 'supported',
    },
    {
      lines: ['agent: ¿Qué día?', 'caller: Perdón, ¿cómo dice? Ah, el viernes, sin problema.'],
      value: '2026-12-04',
      is: 'supported',
    },
    {
      lines: [
        'agent: ¿Cuándo lo entregan?',
        'caller: El lunes a las nueve.',
        'agent: El lunes a las nueve.',
        'caller: Ay, estaba mirando otra semana, sería el martes.',
      ],
      value: '2026-12-07',
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuánto cuesta?', 'caller: Unos 200 euros, más o menos, no se lo puedo asegurar.'],
      value: 200,
      is: 'hedged',
    },
    {
      lines: ['agent: ¿Está contento?', 'caller: Sí, mucho. Creo que ya se lo dije a su compañera.'],
      value: true,
      cites: [1],
      is: 'supported',
    },
    {
      lines: [
        'agent: ¿Queda hecha la cita?',
        'caller: Le dejo el hueco guardado hasta las dos, y luego me confirma.',
      ],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿Cuántos invitados?',
        'caller: Doce.',
        'agent: Doce, bien.',
        'caller: No, diez, que dos no vienen.',
      ],
      value: 12,
      is: 'retracted',
    },
    {
      lines: ['agent: ¿A nombre de quién?', 'caller: De Vázquez, con zeta al final, no Vásquez.'],
      value: 'Vázquez',
      is: 'supported',
    },
    {
      lines: [
        'agent: ¿A las cuatro?',
        'caller: A las cuatro, sí. Bueno, no, que tengo un cliente, pongamos a las cinco.',
      ],
      value: '16:00',
      is: 'retracted',
    },
  ],
  heldOut: [
    {
      lines: ['agent: Entonces, ¿el miércoles?', 'caller: Supongo que sí.'],
      value: '2026-12-02',
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿El miércoles, entonces?',
        'caller: Sí, el miércoles.',
        'agent: ¿Algo más?',
        'caller: Espere, el miércoles no puedo. Que sea el viernes.',
      ],
      value: '2026-12-02',
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuándo llega el paquete?', 'caller: A lo mejor mañana, depende del transportista.'],
      value: '2026-12-02',
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿Está hecha la reserva?',
        'caller: En principio sí, falta que lo apruebe el encargado.',
      ],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: ['agent: ¿Su código postal?', 'caller: 28013, no, perdone, 28014.'],
      value: '28013',
      is: 'retracted',
    },
    {
      lines: [
        'agent: ¿La entrega el tres de diciembre?',
        'caller: Sí, el tres de diciembre.',
        'agent: Anotado.',
        'caller: Mire, olvídelo, pasaremos a recogerlo.',
      ],
      value: '2026-12-03',
      is: 'retracted',
    },
    {
      lines: ['agent: ¿A nombre de quién?', 'caller: A nombre de Giménez, con ge, no con jota.'],
      value: 'Giménez',
      is: 'supported',
    },
    {
      lines: ['agent: ¿Cuánto es la señal?', 'caller: Son 40 euros, seguro.'],
      value: 40,
      is: 'supported',
    },
    {
      lines: [
        'agent: ¿A qué hora es la entrada?',
        'caller: A las tres, ¿o era a las cuatro? Tendría que mirarlo.',
      ],
      value: '15:00',
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿Cuántas plazas?',
        'caller: Doce, por favor.',
        'agent: Doce plazas.',
        'caller: A ver, que cuento otra vez. Trece.',
      ],
      value: 12,
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Qué color?', 'caller: Iba a decir rojo, pero mejor azul.'],
      value: 'rojo',
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Puede ser el sábado?', 'caller: El sábado sí. Los domingos no abrimos.'],
      value: '2026-12-05',
      is: 'supported',
    },
    {
      lines: ['agent: ¿Vendrá?', 'caller: Si el tren llega a tiempo, sí, allí estaré.'],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: ¿Me queda la cita?',
        'caller: Es suya.',
        'agent: Gracias.',
        'caller: Uy, me dice mi compañera que esa hora ya está dada. Lo lamento.',
      ],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: ¿Cuánto son dos noches?', 'caller: Dos noches serían 240 euros, con desayuno.'],
      value: 240,
      is: 'supported',
    },
    {
      lines: ['agent: ¿Su número de socio?', 'caller: 88 14 20. Espere, sí, eso es, 88 14 20.'],
      value: '881420',
      is: 'supported',
    },
  ],
};
